/** Gaussian blur of a map, separable, edges clamped. */
import type { Size } from "../clip/size.js";

/** `map` [height, width] blurred with a standard deviation in pixels; the kernel ends at three of them. */
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
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      let sum = (kernel[0] ?? 0) * (map[row + x] ?? 0);
      for (let k = 1; k < kernel.length; k++) {
        const left = map[row + Math.max(0, x - k)] ?? 0;
        const right = map[row + Math.min(width - 1, x + k)] ?? 0;
        sum += (kernel[k] ?? 0) * (left + right);
      }
      result[row + x] = sum;
    }
  }
  return result;
}

/** Row after row, so that memory is read straight. */
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
