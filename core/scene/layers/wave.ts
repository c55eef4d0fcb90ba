/** Spreads from seeds over a grid, texel by texel, so that each texel knows its nearest seed. */
import type { Size } from "../../geometry/size.js";

export interface Wave {
  /**
   * For each texel the number of its nearest seed, in the order of the seeds; −1 where none came.
   */
  readonly seed: Int32Array;
  /** Squared distance in texels to that seed. */
  readonly distance2: Int32Array;
  /** The texels that were reached, without the seeds, nearest first to within a texel. */
  readonly reached: Int32Array;
}

/** Whether a texel may be reached from a seed (by its number) at this squared distance. */
export type Admits = (texel: number, seed: number, distance2: number) => boolean;

const FAR_AWAY = 0x7fffffff;

/**
 * Spreads over the eight neighbors of each texel, in rings one texel wide around all seeds at once.
 * Every texel is entered at most a few times, so the time is proportional to what is reached.
 */
export function spread({ width, height }: Size, seeds: Int32Array, admits: Admits): Wave {
  const seed = new Int32Array(width * height).fill(-1);
  const distance2 = new Int32Array(width * height).fill(FAR_AWAY);
  // The seed from which a texel's neighbors were last entered, so that it is not done twice.
  const spreadFrom = new Int32Array(width * height).fill(-1);
  const reached = new IntList();
  for (let number = 0; number < seeds.length; number++) {
    const texel = seeds[number] ?? 0;
    seed[texel] = number;
    distance2[texel] = 0;
  }
  // Neighbors of a texel in ring r lie in rings r to r + 2.
  const rings = [new IntList(seeds.length), new IntList(), new IntList()];
  for (const texel of seeds) rings[0]?.push(texel);
  for (let ring = 0, idle = 0; idle < rings.length; ring++) {
    const list = rings[ring % rings.length] as IntList;
    idle = list.length === 0 ? idle + 1 : 0;
    for (let i = 0; i < list.length; i++) {
      const texel = list.values[i] ?? 0;
      const number = seed[texel] ?? 0;
      if (spreadFrom[texel] === number) continue;
      spreadFrom[texel] = number;
      const from = seeds[number] ?? 0;
      const fromY = (from / width) | 0;
      const fromX = from - fromY * width;
      const y = (texel / width) | 0;
      const x = texel - y * width;
      const lastY = Math.min(height - 1, y + 1);
      const lastX = Math.min(width - 1, x + 1);
      for (let ny = Math.max(0, y - 1); ny <= lastY; ny++) {
        for (let nx = Math.max(0, x - 1); nx <= lastX; nx++) {
          const to = ny * width + nx;
          const square = (nx - fromX) ** 2 + (ny - fromY) ** 2;
          const before = distance2[to] ?? 0;
          if (square >= before || !admits(to, number, square)) continue;
          if (before === FAR_AWAY) reached.push(to);
          seed[to] = number;
          distance2[to] = square;
          // A shorter way may lead into a ring that is over; this one is its turn then.
          const wanted = Math.min(ring + 2, Math.max(ring, Math.floor(Math.sqrt(square))));
          rings[wanted % rings.length]?.push(to);
        }
      }
    }
    list.length = 0;
  }
  return { seed, distance2, reached: reached.taken() };
}

/** A growing list of integers. */
export class IntList {
  values: Int32Array;
  length = 0;

  constructor(capacity = 1024) {
    this.values = new Int32Array(Math.max(16, capacity));
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const grown = new Int32Array(2 * this.length);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = value;
  }

  taken(): Int32Array {
    return this.values.slice(0, this.length);
  }
}
