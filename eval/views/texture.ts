/** Seeded textures that repeat without a seam, and what they are painted with. */

export type Random = () => number;
export type Rgb = readonly [red: number, green: number, blue: number];

/** A square picture that repeats in both directions. */
export class Tile {
  readonly side: number;
  readonly #rgb: Float32Array;

  /** `side` is a power of two; `rgb` is [side, side, 3], 0 to 255. */
  constructor(side: number, rgb: Float32Array) {
    this.side = side;
    this.#rgb = rgb;
  }

  /** The color at (s, t), in tiles, between texels linearly. */
  sample(s: number, t: number, out: Float32Array): void {
    const rgb = this.#rgb;
    const wrap = this.side - 1;
    const x = s * this.side - 0.5;
    const y = t * this.side - 0.5;
    const left = Math.floor(x);
    const top = Math.floor(y);
    const fx = x - left;
    const fy = y - top;
    const x0 = left & wrap;
    const x1 = (left + 1) & wrap;
    const upper = (top & wrap) * this.side;
    const lower = ((top + 1) & wrap) * this.side;
    const [a, b, c, d] = [3 * (upper + x0), 3 * (upper + x1), 3 * (lower + x0), 3 * (lower + x1)];
    for (let i = 0; i < 3; i++) {
      const above = (rgb[a + i] ?? 0) * (1 - fx) + (rgb[b + i] ?? 0) * fx;
      const below = (rgb[c + i] ?? 0) * (1 - fx) + (rgb[d + i] ?? 0) * fx;
      out[i] = above + (below - above) * fy;
    }
  }
}

/** Paints a tile; `paint` gets the middle of each texel in tiles, and its index. */
export function paintTile(side: number, paint: (s: number, t: number, texel: number) => Rgb): Tile {
  const rgb = new Float32Array(3 * side * side);
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++, at++) {
      const [red, green, blue] = paint((x + 0.5) / side, (y + 0.5) / side, at);
      rgb[3 * at] = red;
      rgb[3 * at + 1] = green;
      rgb[3 * at + 2] = blue;
    }
  }
  return new Tile(side, rgb);
}

/** Cells along a tile's side, and the weight of the noise of this size. */
export type Octave = readonly [cells: number, weight: number];

/** Smooth noise around 0, [side, side], that repeats; most values are within ± the weights' sum. */
export function noise(random: Random, side: number, octaves: readonly Octave[]): Float32Array {
  const result = new Float32Array(side * side);
  for (const [cells, weight] of octaves) {
    const grid = Float32Array.from({ length: cells * cells }, () => 2 * random() - 1);
    const first = new Int32Array(side);
    const blend = new Float32Array(side);
    for (let x = 0; x < side; x++) {
      const at = ((x + 0.5) * cells) / side;
      first[x] = Math.floor(at);
      const f = at - Math.floor(at);
      blend[x] = f * f * (3 - 2 * f);
    }
    for (let y = 0, at = 0; y < side; y++) {
      const top = (first[y] ?? 0) * cells;
      const bottom = (((first[y] ?? 0) + 1) % cells) * cells;
      const fy = blend[y] ?? 0;
      for (let x = 0; x < side; x++, at++) {
        const left = first[x] ?? 0;
        const right = (left + 1) % cells;
        const fx = blend[x] ?? 0;
        const above = (grid[top + left] ?? 0) * (1 - fx) + (grid[top + right] ?? 0) * fx;
        const below = (grid[bottom + left] ?? 0) * (1 - fx) + (grid[bottom + right] ?? 0) * fx;
        result[at] = (result[at] ?? 0) + weight * (above + (below - above) * fy);
      }
    }
  }
  return result;
}

export const between = (random: Random, low: number, high: number) => low + (high - low) * random();

export function pick<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[Math.floor(random() * values.length)] ?? values[0];
}

export const scaled = ([red, green, blue]: Rgb, factor: number): Rgb => [
  red * factor,
  green * factor,
  blue * factor,
];

export function mixed(a: Rgb, b: Rgb, share: number): Rgb {
  const at = (i: 0 | 1 | 2) => a[i] + (b[i] - a[i]) * share;
  return [at(0), at(1), at(2)];
}
