/**
 * Bounds of what a bundle of rays can meet in a map, so that a march need not start at the front.
 */
import type { Size } from "../../core/geometry/size.js";

const CELL_TEXELS = 8;
/** Each round looks at less of the map, because the rays are then known to start behind. */
const ROUNDS = 3;

/**
 * Where a column or row of rays crosses disparity 0, and its step for a disparity of 1, in texels.
 */
export interface AxisRay {
  readonly at: number;
  readonly per: number;
}

/** The first and the last ray of a tile along one axis. */
export interface RayRange {
  readonly from: AxisRay | undefined;
  readonly to: AxisRay | undefined;
}

export class NearestBelow {
  readonly #map: Size;
  readonly #cells: Size;
  readonly #nearest: Float32Array;

  /** `disparity` is [height, width], in [0, 1]. */
  constructor(disparity: Float32Array, map: Size) {
    const width = Math.ceil(map.width / CELL_TEXELS);
    const height = Math.ceil(map.height / CELL_TEXELS);
    this.#map = map;
    this.#cells = { width, height };
    this.#nearest = new Float32Array(width * height);
    for (let y = 0, at = 0; y < map.height; y++) {
      const line = Math.floor(y / CELL_TEXELS) * width;
      for (let x = 0; x < map.width; x++, at++) {
        const cell = line + Math.floor(x / CELL_TEXELS);
        this.#nearest[cell] = Math.max(this.#nearest[cell] ?? 0, disparity[at] ?? 0);
      }
    }
  }

  /** No ray between these meets the map nearer than at this disparity. */
  alongRays(columns: RayRange, rows: RayRange): number {
    let bound = 1;
    for (let round = 0; round < ROUNDS; round++) {
      const x = spanOf(columns, bound);
      const y = spanOf(rows, bound);
      const next = this.#within(x.low, x.high, y.low, y.high);
      if (next >= bound) return bound;
      bound = next;
    }
    return bound;
  }

  /** The nearest of these texels and of those that linear filtering mixes in. */
  #within(left: number, right: number, top: number, bottom: number): number {
    const columns = cellsOf(left, right, this.#map.width);
    const rows = cellsOf(top, bottom, this.#map.height);
    let most = 0;
    for (const row of rows) {
      for (const column of columns) {
        most = Math.max(most, this.#nearest[row * this.#cells.width + column] ?? 0);
      }
    }
    return most;
  }
}

/** What rays between two cross while they rise from disparity 0 to `bound`. */
function spanOf({ from, to }: RayRange, bound: number) {
  const ends = [from, to].flatMap((ray) => (ray ? [ray.at, ray.at + bound * ray.per] : []));
  return { low: Math.min(...ends), high: Math.max(...ends) };
}

/** The cells of the texels from `low` to `high`, mirrored into the map. */
function cellsOf(low: number, high: number, texels: number): Set<number> {
  const cells = new Set<number>();
  for (let i = Math.floor(low); i <= Math.floor(high) + 1; i++) {
    cells.add(Math.floor(mirrored(i, texels) / CELL_TEXELS));
  }
  return cells;
}

/** Index i of a row of n samples that is mirrored at its ends. */
export function mirrored(i: number, n: number): number {
  if (i >= 0 && i < n) return i;
  const wrapped = ((i % (2 * n)) + 2 * n) % (2 * n);
  return wrapped < n ? wrapped : 2 * n - 1 - wrapped;
}
