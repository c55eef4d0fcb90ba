/** The moment of a camera path that shows best what the path does. */
import { type CameraState, photoPointAt } from "../scene/camera.js";

/** Points of the screen, in halves of its sides. */
const POINTS = [
  [0, 0],
  [-0.7, -0.7],
  [0.7, -0.7],
  [-0.7, 0.7],
  [0.7, 0.7],
] as const;

/** Index of the state that differs most from the photo itself; the first of equal ones. */
export function tellingMoment(path: readonly CameraState[], aspect: number): number {
  let best = 0;
  let most = -1;
  for (const [i, camera] of path.entries()) {
    const moved = difference(camera, aspect);
    // States of a symmetrical path differ by rounding only.
    if (moved > most * (1 + 1e-9) + 1e-12) {
      most = moved;
      best = i;
    }
  }
  return best;
}

/**
 * How far near and far points have moved against each other, which is what the eye sees, and a
 * little of how far they have moved at all.
 */
function difference(camera: CameraState, aspect: number): number {
  return POINTS.reduce((sum, [h, v]) => {
    const g = { x: aspect * h, y: v };
    const far = photoPointAt(camera, g, 0);
    const near = photoPointAt(camera, g, 1);
    const against = Math.hypot(far.x - near.x, far.y - near.y);
    return sum + against + 0.1 * Math.hypot(near.x - g.x, near.y - g.y);
  }, 0);
}
