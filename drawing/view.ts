/** The camera of one frame as the shaders take it. */
import type { Size } from "../core/geometry/size.js";
import {
  type CameraState,
  pixelRays,
  projection,
  seenDisparity,
  type Vec2,
} from "../core/scene/camera.js";
import type { SceneData } from "../core/scene/clip/scene-data.js";
import { eyeCameras } from "../core/scene/stereo/eyes.js";

/** The camera of one frame as uniforms of the shaders. */
export interface View {
  /** 4×4, column-major. */
  readonly projection: Float32Array;
  /** The eight numbers of `pixelRays` (core/scene/camera.ts). */
  readonly rays: Float32Array;
  /** Whether the photo continues mirrored beyond its edges; otherwise it ends in black. */
  readonly mirror: boolean;
  /**
   * The disparity that is farthest from the camera: 0, or 1 where the camera inverts near and far.
   */
  readonly farthest: 0 | 1;
}

/** The view of a picture of `size`; `halfSides` are those of the photo on the plane z = 1. */
export function viewOf(camera: CameraState, size: Size, halfSides: Vec2): View {
  return {
    projection: projection(camera, size.width / size.height),
    rays: pixelRays(camera, size, halfSides),
    mirror: camera.mirror,
    farthest: seenDisparity(camera).slope < 0 ? 1 : 0,
  };
}

/** The views of a frame: one, or one for each eye. `drawnSize` is that of one view. */
export function viewsOf(
  camera: CameraState,
  { stereo, geometry }: Pick<SceneData, "stereo" | "geometry">,
  drawnSize: Size,
): View[] {
  const cameras = stereo
    ? eyeCameras(camera, stereo, drawnSize.width / drawnSize.height)
    : [camera];
  return cameras.map((eye) => viewOf(eye, drawnSize, geometry.halfSides));
}
