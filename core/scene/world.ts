/**
 * The scene in the space of 3D programs: an ordinary perspective camera at the origin, which looks
 * along −Z with +Y upwards, sees the photo as it was shot. Disparity is inverse distance up to
 * scale and shift, so that what is plane in the disparity map is plane in this space, and a camera
 * that moves here sees what the renderer's camera sees (docs/camera.md).
 */
import type { Size } from "../geometry/size.js";

/** The lens that the photo is taken for: 35 mm before 36 mm of film along the longer side. */
const HALF_TANGENT_OF_LONG_SIDE = 18 / 35;

/** How far away disparity 0 is, in units that stand for meters. */
const FAR = 5;

export interface World {
  /** Of the camera's vertical and horizontal half angles. */
  readonly halfTangents: { readonly x: number; readonly y: number };
  /**
   * The camera's height, [0, 1): the nearest point is at (1 − height) of the farthest's distance.
   */
  readonly height: number;
}

/** `photo` has the photo's aspect; `height` is that of the camera. */
export function worldOf(photo: Size, height: number): World {
  const longer = Math.max(photo.width, photo.height);
  return {
    halfTangents: {
      x: (HALF_TANGENT_OF_LONG_SIDE * photo.width) / longer,
      y: (HALF_TANGENT_OF_LONG_SIDE * photo.height) / longer,
    },
    height,
  };
}

/** The camera of glTF: angle in radians, and the range of distances that the scene lies within. */
export function worldCamera({ halfTangents: { x, y }, height }: World) {
  return {
    verticalAngle: 2 * Math.atan(y),
    aspect: x / y,
    near: distanceOf(height, 1),
    far: distanceOf(height, 0),
  };
}

/** How far in front of the camera a disparity in [0, 1] lies: its inverse is linear in it. */
export function distanceOf(height: number, disparity: number): number {
  return FAR / (1 + (disparity * height) / (1 - height));
}

/** The point of disparity d at (x, y) of the photo, both in [−1, 1], y upwards. */
export function worldPoint(
  { halfTangents, height }: World,
  x: number,
  y: number,
  disparity: number,
): [x: number, y: number, z: number] {
  const distance = distanceOf(height, disparity);
  return [x * halfTangents.x * distance, y * halfTangents.y * distance, -distance];
}
