/** Rasters that are larger than a texture may be, scaled down by area averages. */
import type { Size } from "../../../core/clip/size.js";
import { resize } from "../../../core/depthmap/resize.js";
import { withinSide } from "../fit-scene.js";
import type { SceneData } from "./protocol.js";

/** The scene with both rasters within `limitPixels` a side; one that fits is the same array. */
export function fitTextures<
  T extends Pick<SceneData, "photo" | "photoSize" | "disparity" | "disparitySize">,
>(data: T, limitPixels: number): T {
  const photoSize = withinSide(data.photoSize, limitPixels);
  const disparitySize = withinSide(data.disparitySize, limitPixels);
  return {
    ...data,
    photoSize,
    photo: fitted(data.photo, data.photoSize, photoSize, 3, Uint8Array),
    disparitySize,
    disparity: fitted(data.disparity, data.disparitySize, disparitySize, 1, Uint16Array),
  };
}

function fitted<A extends Uint8Array | Uint16Array>(
  samples: A,
  from: Size,
  to: Size,
  channels: number,
  ArrayType: { from(values: Float32Array, map: (value: number) => number): A },
): A {
  return from === to ? samples : ArrayType.from(resize(samples, from, to, channels), Math.round);
}
