/** The sides of ramps between the texels of their grid, along the rows of the photo. */
import type { Positions } from "./positions.js";
import { type RampSides, SIDE_VALUES } from "./ramp-sides.js";

/** Share of the four texels around a place that must have sides there. */
export const LEAST_KNOWN = 0.01;

/**
 * One row of the photo: the grid's rows above and below it are mixed once, so that each of its
 * texels has only two texels of the grid to mix.
 */
export class SideLine {
  readonly #sides: RampSides;
  /** Share of both rows that has sides, for each column of the grid and one beyond. */
  readonly #known: Float64Array;
  /** Sums of values by these shares, [columns, SIDE_VALUES]. */
  readonly #sums: Float64Array;

  constructor(sides: RampSides) {
    this.#sides = sides;
    this.#known = new Float64Array(sides.width + 1);
    this.#sums = new Float64Array(SIDE_VALUES * (sides.width + 1));
  }

  /** Goes to the place between the grid's row `top` and the next. */
  moveTo(top: number, fraction: number): void {
    const { mask, values, width, height } = this.#sides;
    const known = this.#known;
    const sums = this.#sums;
    const above = top * width;
    const below = Math.min(height - 1, top + 1) * width;
    for (let x = 0; x < width; x++) {
      const a = (mask[above + x] ?? 0) * (1 - fraction);
      const b = (mask[below + x] ?? 0) * fraction;
      known[x] = a + b;
      if (a + b === 0) continue;
      const from = SIDE_VALUES * (above + x);
      const to = SIDE_VALUES * (below + x);
      for (let k = 0, at = SIDE_VALUES * x; k < SIDE_VALUES; k++, at++) {
        sums[at] = a * (values[from + k] ?? 0) + b * (values[to + k] ?? 0);
      }
    }
    // The last column goes on beyond the grid.
    known[width] = known[width - 1] ?? 0;
    sums.copyWithin(SIDE_VALUES * width, SIDE_VALUES * (width - 1), SIDE_VALUES * width);
  }

  /**
   * The means of the sides between the grid's column `left` and the next, into `side`. Returns the
   * share of the four texels around that have sides; below LEAST_KNOWN, `side` is as it was.
   */
  read(left: number, fraction: number, side: Float64Array): number {
    const a = (1 - fraction) * (this.#known[left] ?? 0);
    const b = fraction * (this.#known[left + 1] ?? 0);
    const known = a + b;
    if (known < LEAST_KNOWN) return known;
    const sums = this.#sums;
    // Sums of columns without sides may be those of an earlier row.
    const from = a > 0 ? (1 - fraction) / known : 0;
    const to = b > 0 ? fraction / known : 0;
    for (let k = 0, at = SIDE_VALUES * left; k < SIDE_VALUES; k++, at++) {
      side[k] = from * (sums[at] ?? 0) + to * (sums[at + SIDE_VALUES] ?? 0);
    }
    return known;
  }
}

/** How many texels of the photo have a known texel of the grid among their four. */
export function mostTexels(
  { mask, width, height }: RampSides,
  columns: Positions,
  rows: Positions,
): number {
  const perColumn = new Int32Array(width);
  for (const x of columns.first) perColumn[x] = (perColumn[x] ?? 0) + 1;
  let most = 0;
  const perRow = new Int32Array(height);
  for (const y of rows.first) perRow[y] = (perRow[y] ?? 0) + 1;
  for (let y = 0; y < height; y++) {
    const above = y * width;
    const below = y + 1 < height ? above + width : above;
    for (let x = 0; x < width; x++) {
      const right = x + 1 < width ? x + 1 : x;
      const known =
        (mask[above + x] ?? 0) |
        (mask[above + right] ?? 0) |
        (mask[below + x] ?? 0) |
        (mask[below + right] ?? 0);
      most += known * (perColumn[x] ?? 0) * (perRow[y] ?? 0);
    }
  }
  return most;
}
