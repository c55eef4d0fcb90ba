/**
 * Aligns a disparity map's edges with the photo's: the guided filter of He, Sun and Tang (ECCV 2010), formulas (5) and
 * (6), with the photo's luma as its guide; once wide, to follow objects, once narrow, to sharpen.
 */
import type { Size } from "../clip/size.js";
import { boxMean } from "./box-mean.js";

/** BT.709 luma in [0, 1] of RGB in [0, 255], [height, width, 3]. */
export function luma(rgb: Float32Array | Uint8Array): Float32Array {
  const result = new Float32Array(rgb.length / 3);
  for (let i = 0; i < result.length; i++) {
    const at = 3 * i;
    result[i] =
      (0.2126 * (rgb[at] ?? 0) + 0.7152 * (rgb[at + 1] ?? 0) + 0.0722 * (rgb[at + 2] ?? 0)) / 255;
  }
  return result;
}

/** q = mean(a)·I + mean(b) with a = cov(I, p) / (var(I) + ε), b = mean(p) − a·mean(I) over windows. */
export function guidedFilter(
  map: Float32Array,
  guide: Float32Array,
  size: Size,
  radius: number,
  epsilon: number,
): Float32Array {
  const mean = (values: Float32Array) => boxMean(values, size, radius);
  const at = (values: Float32Array, i: number) => values[i] ?? 0;
  const meanI = mean(guide);
  const meanP = mean(map);
  const corrI = mean(guide.map((value) => value * value));
  const corrIP = mean(guide.map((value, i) => value * at(map, i)));
  const a = new Float32Array(map.length);
  const b = new Float32Array(map.length);
  for (let i = 0; i < map.length; i++) {
    const variance = at(corrI, i) - at(meanI, i) ** 2;
    const covariance = at(corrIP, i) - at(meanI, i) * at(meanP, i);
    const slope = covariance / (variance + epsilon);
    a[i] = slope;
    b[i] = at(meanP, i) - slope * at(meanI, i);
  }
  const meanA = mean(a);
  const meanB = mean(b);
  return guide.map((value, i) => at(meanA, i) * value + at(meanB, i));
}

/** Both passes; radii follow the short side. `guide` is luma at the map's size. */
export function refineEdges(map: Float32Array, guide: Float32Array, size: Size): Float32Array {
  const side = Math.min(size.width, size.height);
  const wide = guidedFilter(map, guide, size, Math.max(3, Math.floor(side / 16)), 1e-3);
  return guidedFilter(wide, guide, size, Math.max(2, Math.floor(side / 110)), 5e-4);
}
