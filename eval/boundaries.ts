/** How well the steps of a map agree with those of the truth, and how calm it is between them. */
import type { Size } from "../core/geometry/size.js";
import { distanceTo } from "./edges.js";

/** Neighbors that differ by more are two sides of a boundary, in disparity. */
export const BOUNDARY_STEP = 0.05;
/** Pixels from the nearest boundary of the truth from which on a surface counts as smooth. */
const CALM_PIXELS = 12;

/** Marks with 1 each pixel that differs from its right or lower neighbor by a boundary's step. */
export function boundaries(map: Float32Array, { width, height }: Size): Uint8Array {
  const result = new Uint8Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const here = map[i] ?? 0;
      const toRight = x + 1 < width ? Math.abs((map[i + 1] ?? 0) - here) : 0;
      const below = y + 1 < height ? Math.abs((map[i + width] ?? 0) - here) : 0;
      if (Math.max(toRight, below) > BOUNDARY_STEP) result[i] = 1;
    }
  }
  return result;
}

export interface MapScores {
  /** Root mean square of the difference, in disparity. */
  readonly rmse: number;
  /** The same within 12 pixels of the truth's boundaries. */
  readonly bandRmse: number;
  /** F-score of the boundaries, with a tolerance of 1 and of 2 pixels. */
  readonly f1: number;
  readonly f2: number;
  /**
   * Mean squared gradient that the truth does not have, further than 12 pixels from its boundaries,
   * in millionths of squared disparity per pixel.
   */
  readonly texture: number;
}

/** Scores of `map` against `truth`, both [height, width] in the same scale. */
export function mapScores(map: Float32Array, truth: Float32Array, size: Size): MapScores {
  const trueEdges = boundaries(truth, size);
  const edges = boundaries(map, size);
  const toTrue = distanceTo(trueEdges, size);
  const toMap = distanceTo(edges, size);
  const score = (pixels: number) =>
    harmonic(shareWithin(edges, toTrue, pixels), shareWithin(trueEdges, toMap, pixels));
  const all = meanSquare(map, truth, () => true);
  const band = meanSquare(map, truth, (i) => (toTrue[i] ?? 0) < CALM_PIXELS);
  return {
    rmse: Math.sqrt(all),
    bandRmse: Math.sqrt(band),
    f1: score(1),
    f2: score(2),
    texture: 1e6 * textureOf(map, truth, toTrue, size),
  };
}

/** Share of the marked pixels that are at most this far from the other map's marks. */
function shareWithin(marked: Uint8Array, distance: Float32Array, pixels: number): number {
  let count = 0;
  let near = 0;
  for (let i = 0; i < marked.length; i++) {
    if (!marked[i]) continue;
    count += 1;
    if ((distance[i] ?? 0) <= pixels) near += 1;
  }
  return count > 0 ? near / count : 0;
}

const harmonic = (a: number, b: number) => (a + b > 0 ? (2 * a * b) / (a + b) : 0);

function meanSquare(a: Float32Array, b: Float32Array, counts: (i: number) => boolean): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    if (!counts(i)) continue;
    sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
    count += 1;
  }
  return count > 0 ? sum / count : 0;
}

function textureOf(
  map: Float32Array,
  truth: Float32Array,
  toTrue: Float32Array,
  { width, height }: Size,
): number {
  let sum = 0;
  let count = 0;
  const off = (i: number) => (map[i] ?? 0) - (truth[i] ?? 0);
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0; x + 1 < width; x++) {
      const i = y * width + x;
      if ((toTrue[i] ?? 0) < CALM_PIXELS) continue;
      sum += (off(i + 1) - off(i)) ** 2 + (off(i + width) - off(i)) ** 2;
      count += 1;
    }
  }
  return count > 0 ? sum / count : 0;
}
