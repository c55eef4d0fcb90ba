/** A photo as the tensor that a depth model wants. */
import type { Size } from "../clip/size.js";
import { resize } from "./resize.js";

/** Aspect kept, long side as given, both sides rounded to the multiple and at least two of it. */
export interface SizeRule {
  readonly longSidePixels: number;
  readonly multiple: number;
}

export interface Normalisation {
  /** Per channel R, G, B, of values in [0, 1]. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

export function modelInputSize(photo: Size, { longSidePixels, multiple }: SizeRule): Size {
  const scale = longSidePixels / Math.max(photo.width, photo.height);
  const side = (pixels: number) =>
    Math.max(2 * multiple, Math.round((pixels * scale) / multiple) * multiple);
  return { width: side(photo.width), height: side(photo.height) };
}

/** NCHW float32 [1, 3, height, width] of RGB bytes [height, width, 3]: (value / 255 − mean) / std. */
export function modelTensor(
  rgb: Uint8Array,
  from: Size,
  to: Size,
  { mean, std }: Normalisation,
): Float32Array {
  const small = resize(rgb, from, to, 3);
  const pixels = to.width * to.height;
  const tensor = new Float32Array(3 * pixels);
  for (const channel of [0, 1, 2] as const) {
    const scale = 1 / (255 * std[channel]);
    const bias = -mean[channel] / std[channel];
    for (let i = 0; i < pixels; i++) {
      tensor[channel * pixels + i] = (small[3 * i + channel] ?? 0) * scale + bias;
    }
  }
  return tensor;
}

/** Planes of rows of `width` values, each row mirrored. */
export function mirrored(planes: Float32Array, width: number): Float32Array {
  const result = planes.slice();
  for (let row = 0; row < result.length; row += width) result.subarray(row, row + width).reverse();
  return result;
}

/** The mean of a map and of a mirrored photo's map turned back: a net's left–right bias cancels. */
export function flipAverage(map: Float32Array, ofMirrored: Float32Array, width: number) {
  const back = mirrored(ofMirrored, width);
  return map.map((value, i) => 0.5 * (value + (back[i] ?? 0)));
}
