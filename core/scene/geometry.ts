/** Where a photo lies for a frame and a camera path, and how closely it must be drawn: all that a renderer is told of them. */
import { type Size, scaled } from "../geometry/size.js";
import { type CameraState, mostTexelsCrossed, pixelRays, type Vec2 } from "./camera.js";
import {
  type Extent,
  magnification,
  photoHalfSides,
  textureSize,
  visibleExtent,
} from "./extent.js";
import { type Detail, detailOf, type Quality } from "./quality.js";

export interface SceneGeometry {
  /** Half sides of the photo on the plane z = 1. */
  readonly halfSides: Vec2;
  /** What the path sees, in photos. */
  readonly extent: Extent;
  /** The photo as the path needs it, in texels. */
  readonly texture: Size;
  readonly detail: Detail;
}

export interface SceneSizes {
  readonly photo: Size;
  readonly disparity: Size;
  /** Of the picture that is drawn. */
  readonly frame: Size;
  /** Samples a side of each of its pixels, 1 by default. */
  readonly ssaa?: number;
}

export function sceneGeometry(
  { photo, disparity, frame, ssaa = 1 }: SceneSizes,
  path: readonly CameraState[],
  quality: Quality,
): SceneGeometry {
  const aspect = frame.width / frame.height;
  const halfSides = photoHalfSides(photo, aspect);
  const crossed = path.map((camera) =>
    mostTexelsCrossed(pixelRays(camera, frame, halfSides), frame, disparity),
  );
  return {
    halfSides,
    extent: visibleExtent(path, aspect, halfSides),
    texture: textureSize(scaled(frame, ssaa), photo, magnification(path)),
    detail: detailOf(quality, path, frame, {
      texelsPerDisparity: Math.max(1, ...crossed),
      // Photos to a picture, along the side where most are cut off.
      crop: Math.max(halfSides.x / aspect, halfSides.y),
    }),
  };
}
