/**
 * The mean of a small net and the heuristic, for nets that are not better than it everywhere: the
 * two rarely fail on the same photo.
 */

import { heuristicDisparity } from "./heuristic.js";
import type { DisparityMap } from "./post-processing.js";
import { resize } from "./resize.js";

/**
 * Half the net's map and half the heuristic's for the same photo, each with mean 0 and deviation 1,
 * at the net's size. `rgb` is [height, width, 3] of `photo`.
 */
export function blendWithHeuristic(
  net: Omit<DisparityMap, "edges">,
  rgb: Uint8Array,
  photo: { readonly width: number; readonly height: number },
): DisparityMap {
  const small = Uint8Array.from(resize(rgb, photo, net, 3), Math.round);
  const cues = heuristicDisparity(small, net);
  const heuristic = standardized(resize(cues.values, cues, net, 1));
  const values = standardized(net.values);
  for (let i = 0; i < values.length; i++) {
    values[i] = 0.5 * (values[i] ?? 0) + 0.5 * (heuristic[i] ?? 0);
  }
  return { values, width: net.width, height: net.height, edges: "blurred" };
}

/**
 * Scales a map to mean 0 and deviation 1. Values that are not finite count as the mean, and a flat
 * map stays flat.
 */
function standardized(map: Float32Array): Float32Array {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (const value of map) {
    if (!Number.isFinite(value)) continue;
    sum += value;
    squares += value * value;
    count += 1;
  }
  const mean = count > 0 ? sum / count : 0;
  const deviation = count > 0 ? Math.sqrt(Math.max(0, squares / count - mean * mean)) : 0;
  const scale = deviation > 1e-9 ? 1 / deviation : 0;
  return map.map((value) => (Number.isFinite(value) ? (value - mean) * scale : 0));
}
