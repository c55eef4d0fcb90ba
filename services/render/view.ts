/** What the camera of one frame is to the shaders. */
import type { Size } from "../../core/geometry/size.js";
import {
  type CameraState,
  pixelRays,
  projection,
  seenDisparity,
  type Vec2,
} from "../../core/scene/camera.js";

export interface View {
  /** 4×4, column-major. */
  readonly projection: Float32Array;
  /** Eight numbers of `pixelRays`. */
  readonly rays: Float32Array;
  /** Whether the photo goes on mirrored beyond its edges; black if not. */
  readonly mirror: boolean;
  /** Disparity of the map that is farthest from the camera: 1 where it takes near for far. */
  readonly farthest: 0 | 1;
}

/** For a picture of this size and a photo of these half sides. */
export function viewOf(camera: CameraState, size: Size, halfSides: Vec2): View {
  return {
    projection: projection(camera, size.width / size.height),
    rays: pixelRays(camera, size, halfSides),
    mirror: camera.mirror,
    farthest: seenDisparity(camera).slope < 0 ? 1 : 0,
  };
}
