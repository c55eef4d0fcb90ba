/**
 * A disparity map thinned out for measuring: few enough samples to be projected for many cameras,
 * and the steepest step between neighboring texels of the map that each of them stands for.
 */
import type { Size } from "../../geometry/size.js";

/** Row-major [height, width], top row first; disparity in [0, 1], 1 = near. */
export interface SampledMap extends Size {
  readonly disparity: Float32Array;
  /** Largest step between neighboring texels from each sample to the one on its right, ≥ 0. */
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
    ...{ width, height },
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
      result.stepRight[at] = steepest(disparity, from, right, 1);
      result.stepBelow[at] = steepest(disparity, from, below, size.width);
    }
  }
  return result;
}

function middles(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to }, (_, i) => Math.floor(((i + 0.5) * from) / to));
}

/** Largest step on the way from one texel to another, in disparity. */
function steepest(disparity: Uint16Array, from: number, to: number, stride: number): number {
  let most = 0;
  let before = disparity[from] ?? 0;
  for (let at = from + stride; at <= to; at += stride) {
    const here = disparity[at] ?? 0;
    const step = here > before ? here - before : before - here;
    if (step > most) most = step;
    before = here;
  }
  return most / 65535;
}
