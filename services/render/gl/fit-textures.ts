/** Rasters that are larger than a texture may be, or a photo larger than the camera needs it, scaled down by area averages. */

import { resize } from "../../../core/depthmap/resize.js";
import type { Size } from "../../../core/geometry/size.js";
import { withinSide } from "../fit-scene.js";
import type { SceneData } from "./protocol.js";

/** The scene with both rasters within `limitPixels` a side and its photo as the path needs it; one that fits is the same array. */
export function fitTextures<
  T extends Pick<SceneData, "photo" | "photoSize" | "disparity" | "disparitySize" | "geometry">,
>(data: T, limitPixels: number): T {
  const photoSize = smaller(withinSide(data.photoSize, limitPixels), data.geometry.texture);
  const disparitySize = withinSide(data.disparitySize, limitPixels);
  return {
    ...data,
    photoSize,
    photo: fitted(data.photo, data.photoSize, photoSize, 3, Uint8Array),
    disparitySize,
    disparity: fitted(data.disparity, data.disparitySize, disparitySize, 1, Uint16Array),
  };
}

/** `from` itself where it is not larger. */
function smaller(from: Size, wanted: Size): Size {
  return wanted.width < from.width && wanted.height < from.height ? wanted : from;
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
