/** Where a photo lies for a frame and a camera path, and how closely it must be drawn: all that a renderer is told of them. */
import type { Size } from "../clip/size.js";
import type { CameraState, Vec2 } from "./camera.js";
import { type Extent, photoHalfSides, visibleExtent } from "./extent.js";
import { type Detail, detailOf, type Quality } from "./quality.js";

export interface SceneGeometry {
  /** Half sides of the photo on the plane z = 1. */
  readonly halfSides: Vec2;
  /** What the path sees, in photos. */
  readonly extent: Extent;
  readonly detail: Detail;
}

export interface SceneSizes {
  readonly photo: Size;
  readonly disparity: Size;
  /** Of the picture that is drawn. */
  readonly frame: Size;
}

export function sceneGeometry(
  { photo, disparity, frame }: SceneSizes,
  path: readonly CameraState[],
  quality: Quality,
): SceneGeometry {
  const aspect = frame.width / frame.height;
  const halfSides = photoHalfSides(photo, aspect);
  // At rest the frame's height is 1 / halfSides.y of the photo's.
  const visibleRows = disparity.height / halfSides.y;
  return {
    halfSides,
    extent: visibleExtent(path, aspect, halfSides),
    detail: detailOf(quality, path, frame, visibleRows),
  };
}
