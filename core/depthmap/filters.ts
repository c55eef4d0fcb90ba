/**
 * Separable filters of a map: Gaussian blur with clamped edges, and the largest or smallest value
 * in square windows, in constant time per pixel (van Herk 1992; Gil and Werman 1993).
 */
import type { Size } from "../geometry/size.js";

/**
 * `map` [height, width] blurred with a standard deviation in pixels; the kernel ends at three of
 * them.
 */
export function gaussianBlur(map: Float32Array, size: Size, sigmaPixels: number): Float32Array {
  if (!(sigmaPixels > 0)) return map.slice();
  const kernel = gaussianKernel(sigmaPixels);
  return blurColumns(blurRows(map, size, kernel), size, kernel);
}

/** Half a symmetric kernel: weight of distance 0, 1, 2 …; the whole sums to 1. */
function gaussianKernel(sigma: number): Float32Array {
  const radius = Math.max(1, Math.ceil(3 * sigma));
  const half = Float32Array.from({ length: radius + 1 }, (_, i) =>
    Math.exp(-(i * i) / (2 * sigma * sigma)),
  );
  const sum = half.reduce((total, weight, i) => total + (i === 0 ? weight : 2 * weight), 0);
  return half.map((weight) => weight / sum);
}

function blurRows(map: Float32Array, { width, height }: Size, kernel: Float32Array): Float32Array {
  const result = new Float32Array(map.length);
  const reach = kernel.length - 1;
  // One row with its ends repeated, so that the loop over the kernel needs no clamping.
  const padded = new Float32Array(width + 2 * reach);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    padded.fill(map[row] ?? 0, 0, reach);
    padded.set(map.subarray(row, row + width), reach);
    padded.fill(map[row + width - 1] ?? 0, reach + width);
    for (let x = 0; x < width; x++) {
      const at = x + reach;
      let sum = (kernel[0] ?? 0) * (padded[at] ?? 0);
      for (let k = 1; k <= reach; k++) {
        sum += (kernel[k] ?? 0) * ((padded[at - k] ?? 0) + (padded[at + k] ?? 0));
      }
      result[row + x] = sum;
    }
  }
  return result;
}

/** Row by row, so that memory is read in order. */
function blurColumns(
  map: Float32Array,
  { width, height }: Size,
  kernel: Float32Array,
): Float32Array {
  const result = new Float32Array(map.length);
  for (let y = 0; y < height; y++) {
    const out = y * width;
    for (let k = 0; k < kernel.length; k++) {
      const weight = kernel[k] ?? 0;
      const above = Math.max(0, y - k) * width;
      const below = Math.min(height - 1, y + k) * width;
      for (let x = 0; x < width; x++) {
        const pair =
          k === 0 ? (map[above + x] ?? 0) : (map[above + x] ?? 0) + (map[below + x] ?? 0);
        result[out + x] = (result[out + x] ?? 0) + weight * pair;
      }
    }
  }
  return result;
}

/**
 * Grows near things by `radius` pixels if it is positive (largest value of the (2·radius + 1)²
 * window), and shrinks them if it is negative (smallest value). Windows are cut at the edges. `map`
 * is [height, width].
 */
export function grow(map: Float32Array, { width, height }: Size, radius: number): Float32Array {
  const reach = Math.abs(radius);
  if (reach === 0) return map.slice();
  const pick = radius > 0 ? Math.max : Math.min;
  const worst = radius > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const result = map.slice();
  const line = lineFilter(Math.max(width, height), reach, pick, worst);
  for (let y = 0; y < height; y++) line(result, y * width, 1, width);
  for (let x = 0; x < width; x++) line(result, x, width, height);
  return result;
}

/** A filter of one line in place: `length` values from `start` on, `step` apart. */
function lineFilter(
  longest: number,
  reach: number,
  pick: (a: number, b: number) => number,
  worst: number,
) {
  const block = 2 * reach + 1;
  // The line with a margin on both sides, extended to whole blocks.
  const padded = new Float32Array((Math.ceil((longest + 2 * reach) / block) + 1) * block);
  const fromBlockStart = new Float32Array(padded.length);
  const toBlockEnd = new Float32Array(padded.length);
  return (map: Float32Array, start: number, step: number, length: number) => {
    padded.fill(worst);
    for (let i = 0; i < length; i++) padded[reach + i] = map[start + i * step] ?? worst;
    const end = length + 2 * reach;
    for (let i = 0; i < end; i++) {
      const value = padded[i] ?? worst;
      fromBlockStart[i] = i % block === 0 ? value : pick(value, fromBlockStart[i - 1] ?? worst);
    }
    for (let i = end - 1; i >= 0; i--) {
      const value = padded[i] ?? worst;
      const last = i % block === block - 1 || i === end - 1;
      toBlockEnd[i] = last ? value : pick(value, toBlockEnd[i + 1] ?? worst);
    }
    for (let i = 0; i < length; i++) {
      // A window covers the end of one block and the start of the next.
      map[start + i * step] = pick(toBlockEnd[i] ?? worst, fromBlockStart[i + 2 * reach] ?? worst);
    }
  };
}
