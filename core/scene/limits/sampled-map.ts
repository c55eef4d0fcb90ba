/**
 * A disparity map thinned out for measuring: few enough samples to be projected for many cameras,
 * and the highest step between neighboring texels of the map that lie between two of them.
 */
import type { Size } from "../../geometry/size.js";
import { LEAST_CUT } from "../layers/reach.js";
import { stepBeyondSlope } from "../layers/rims.js";

/** Row-major [height, width], top row first; disparity in [0, 1], 1 = near. */
export interface SampledMap extends Size {
  /** The size of the whole map. */
  readonly whole: Size;
  readonly disparity: Float32Array;
  /**
   * Highest step (`stepBeyondSlope`) from each sample to the one on its right, in disparity; 0 if
   * none is cut.
   */
  readonly stepRight: Float32Array;
  /** The same, to the sample below. */
  readonly stepBelow: Float32Array;
}

/** Samples of the longer side. */
const SAMPLES = 192;

/**
 * Takes the texel in the middle of each cell. An average would turn a silhouette into a slope,
 * which uncovers nothing. `disparity` is 16-bit, 65535 nearest.
 */
export function sampledMap(disparity: Uint16Array, size: Size, samples = SAMPLES): SampledMap {
  const scale = Math.min(1, samples / Math.max(size.width, size.height));
  const width = Math.max(1, Math.round(size.width * scale));
  const height = Math.max(1, Math.round(size.height * scale));
  const columns = middles(size.width, width);
  const rows = middles(size.height, height);
  const result: SampledMap = {
    ...{ width, height, whole: size },
    disparity: new Float32Array(width * height),
    stepRight: new Float32Array(width * height),
    stepBelow: new Float32Array(width * height),
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const [column, row] = [columns[x] ?? 0, rows[y] ?? 0];
      const from = row * size.width + column;
      const right = row * size.width + (columns[x + 1] ?? column);
      const below = (rows[y + 1] ?? row) * size.width + column;
      result.disparity[at] = (disparity[from] ?? 0) / 65535;
      result.stepRight[at] = highest(disparity, from, right, 1, row * size.width);
      result.stepBelow[at] = highest(disparity, from, below, size.width, column);
    }
  }
  return result;
}

function middles(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to }, (_, i) => Math.floor(((i + 0.5) * from) / to));
}

/** Differences up to this, in 16-bit disparity, are never cut, so that they need no closer look. */
const LEAST_STEP = 65535 * LEAST_CUT;

/** Highest step on the way from one texel to another; `first` is the first texel of their line. */
function highest(
  disparity: Uint16Array,
  from: number,
  to: number,
  stride: number,
  first: number,
): number {
  let most = 0;
  for (let at = from + stride; at <= to; at += stride) {
    const here = disparity[at] ?? 0;
    const last = disparity[at - stride] ?? 0;
    const step = here - last;
    if (step < LEAST_STEP && step > -LEAST_STEP) continue;
    const before = at - stride > first ? last - (disparity[at - 2 * stride] ?? 0) : 0;
    // Beyond the end of a row stands the next one, but a way ends before it.
    const after = (disparity[at + stride] ?? here) - here;
    const beyond = stepBeyondSlope(step, before, after);
    if (beyond > most) most = beyond;
  }
  return most / 65535;
}
