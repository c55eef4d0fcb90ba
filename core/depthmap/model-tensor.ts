/** A photo as the tensor that a depth model wants. */
import type { Size } from "../geometry/size.js";
import type { InputContract } from "./model-contract.js";
import { resize } from "./resize.js";

const IDENTITY = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

/** Planes [3, height, width] of RGB bytes [height, width, 3]: (value / 255 − mean) / std, in the order of the contract. */
export function modelTensor(
  rgb: Uint8Array,
  from: Size,
  to: Size,
  input: Pick<InputContract, "channels" | "kernel" | "normalisation">,
): Float32Array {
  const small = resize(rgb, from, to, 3, input.kernel);
  const { mean, std } = input.normalisation ?? IDENTITY;
  const pixels = to.width * to.height;
  const tensor = new Float32Array(3 * pixels);
  for (const plane of [0, 1, 2] as const) {
    const channel = input.channels === "RGB" ? plane : 2 - plane;
    const scale = 1 / (255 * std[plane]);
    const bias = -mean[plane] / std[plane];
    for (let i = 0; i < pixels; i++) {
      tensor[plane * pixels + i] = (small[3 * i + channel] ?? 0) * scale + bias;
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
