/**
 * The camera for what is taken away from a clip and looked at from elsewhere: it goes around the
 * photo's middle as far as it looks good, which decides how much of the hidden parts is needed.
 */
import { type CameraState, DEFAULT_CAMERA } from "./camera.js";

/** Moves of the camera times its height: near things move as far, however deep the relief is. */
const REACH = 0.16;
const MOMENTS = 16;

/** The state with the camera at a point of the unit disc, y upwards; `height` is in [0, 1). */
export function lookingFrom(x: number, y: number, height: number): CameraState {
  const reach = height > 0 ? REACH / height : 0;
  const offset = { x: reach * x, y: reach * y };
  return { ...DEFAULT_CAMERA, height, isometric: 0.6, steady: 0.3, offset };
}

/** States on the edge of the disc. */
export function lookAround(height: number): CameraState[] {
  return Array.from({ length: MOMENTS }, (_, i) => {
    const angle = (2 * Math.PI * i) / MOMENTS;
    return lookingFrom(Math.cos(angle), Math.sin(angle), height);
  });
}
