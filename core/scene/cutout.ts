/**
 * Separates the foreground from the rest by disparity: where a cut-out begins, and how much of a
 * surface at some disparity belongs to it.
 */
import type { Size } from "../geometry/size.js";

/** What the frames show: the photo, or only its foreground. */
export const BACKGROUNDS = ["photo", "none"] as const;
export type Background = (typeof BACKGROUNDS)[number];

/** Coverage rises smoothly from 0 at disparity `from` to 1 at `to`. */
export interface CutoutRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Width of the rise, in disparity: what a floor that runs through the threshold fades over. A
 * silhouette is a step, which is sharp whatever the width.
 */
const RISE = 0.04;

/** The foreground that begins at a disparity: what is nearer is whole. */
export function cutoutRange(begin: number): CutoutRange {
  return { from: begin - RISE, to: begin };
}

/** Thresholds that are compared: each disparity between two bins. */
const BINS = 256;

/** A larger map is looked at in every second row and column, or fewer. */
const MAX_TEXELS = 512 * 512;

/** A texel in a corner counts this much, relative to one in the center. */
const CORNER_WEIGHT = 0.05;

/** A step between neighbors that is a silhouette beyond doubt, in 16-bit disparity. */
const CLEAR_STEP = 0.1 * 65535;

/**
 * The disparity at which the subject of a photo begins, in [0, 1]. Each threshold is judged by two
 * numbers, whose product decides: how far apart it sets the two classes of texels (Otsu 1979), and
 * how steep the map is along the line that it cuts, because a good line is a silhouette and a bad
 * one runs across a surface. Texels count the more, the nearer they are to the center: a subject is
 * rarely at the edge. 0 for a flat map, which has no second class. `disparity` is 16-bit,
 * [height, width], 65535 nearest.
 */
export function subjectDisparity(disparity: Uint16Array, size: Size): number {
  const texels = new Float64Array(BINS);
  // Sums over all pairs of neighbors that a threshold parts, as differences between thresholds.
  const pairs = new Float64Array(BINS + 1);
  const steps = new Float64Array(BINS + 1);
  const { width, height } = size;
  const countPair = (one: number, other: number, weight: number) => {
    const low = Math.min(one, other) >> 8;
    const high = Math.max(one, other) >> 8;
    if (low === high) return;
    const step = weight * Math.min(CLEAR_STEP, Math.abs(one - other));
    pairs[low + 1] = (pairs[low + 1] ?? 0) + weight;
    pairs[high + 1] = (pairs[high + 1] ?? 0) - weight;
    steps[low + 1] = (steps[low + 1] ?? 0) + step;
    steps[high + 1] = (steps[high + 1] ?? 0) - step;
  };
  const columns = falloff(width);
  const rows = falloff(height);
  const stride = Math.ceil(Math.sqrt((width * height) / MAX_TEXELS));
  for (let row = 0; row < height; row += stride) {
    const below = row + 1 < height ? width : 0;
    for (let column = 0; column < width; column += stride) {
      const at = row * width + column;
      const weight = (rows[row] ?? 0) * (columns[column] ?? 0);
      const here = disparity[at] ?? 0;
      texels[here >> 8] = (texels[here >> 8] ?? 0) + weight;
      if (column + 1 < width) countPair(here, disparity[at + 1] ?? 0, weight);
      countPair(here, disparity[at + below] ?? 0, weight);
    }
  }
  return bestThreshold(texels, pairs, steps);
}

function bestThreshold(texels: Float64Array, pairs: Float64Array, steps: Float64Array): number {
  const total = texels.reduce((sum, weight) => sum + weight, 0);
  const mean = texels.reduce((sum, weight, bin) => sum + weight * bin, 0) / total;
  let best = 0;
  let most = 0;
  let share = 0;
  let moment = 0;
  let parted = 0;
  let stepped = 0;
  for (let bin = 1; bin < BINS; bin++) {
    share += (texels[bin - 1] ?? 0) / total;
    moment += ((bin - 1) * (texels[bin - 1] ?? 0)) / total;
    parted += pairs[bin] ?? 0;
    stepped += steps[bin] ?? 0;
    if (share <= 0 || share >= 1 || parted <= 0) continue;
    const between = (mean * share - moment) ** 2 / (share * (1 - share));
    const value = between * (stepped / parted);
    if (value > most) {
      most = value;
      best = bin;
    }
  }
  return best / BINS;
}

/** Weights along one side, whose products are those of the texels. */
function falloff(texels: number): Float64Array {
  const exponent = Math.log(CORNER_WEIGHT) / 2;
  return Float64Array.from({ length: texels }, (_, i) =>
    Math.exp(exponent * ((2 * i + 1) / texels - 1) ** 2),
  );
}
