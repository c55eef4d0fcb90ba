/** Disparity without a model: what a photo's lower half, middle, sharp and salient parts suggest. */

import type { Size } from "../geometry/size.js";
import { withinShortSide } from "../geometry/size.js";
import { alignToPhoto } from "./align.js";
import { type Cues, cuesOf } from "./heuristic-cues.js";
import { normalize, robustRange } from "./range.js";
import { resize } from "./resize.js";

/** Short side on which the cues are looked for. */
const CUE_SHORT_SIDE_PIXELS = 192;

/** Weights of the standardized cues, fitted by least squares to ranks of made scenes (models/training/eval.py --fit). */
const WEIGHTS: Readonly<Record<keyof Cues, number>> = {
  height: -0.10798,
  heightSquared: 0.70016,
  center: -0.00169,
  lowerMiddle: 0.05072,
  sharpness: -0.01805,
  saliency: 0.11634,
  sky: -0.12036,
};

/**
 * Relative disparity in [0, 1], 1 = near, [height, width], of the photo `rgb` [height, width, 3] at `size`, its edges
 * aligned with the photo's. Always gives a map, whatever the pixels; a photo of one color becomes a slope towards its
 * lower edge.
 */
export function heuristicDisparity(rgb: Uint8Array, size: Size): Float32Array {
  const cueSize = withinShortSide(size, CUE_SHORT_SIDE_PIXELS);
  const cues = cuesOf(resize(rgb, size, cueSize, 3), cueSize);
  const sum = new Float32Array(cueSize.width * cueSize.height);
  for (const [name, weight] of Object.entries(WEIGHTS)) {
    const cue = cues[name as keyof Cues];
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + weight * (cue[i] ?? 0);
  }
  const aligned = alignToPhoto(sum, cueSize, rgb, size, "blurred");
  return normalize(aligned, robustRange(aligned));
}
