/** How far an error in disparity moves a pixel, over a whole camera path. */
import type { Size } from "../../geometry/size.js";
import { type CameraState, raysOf } from "../camera.js";

/**
 * Most pixels that a point moves on a screen of this size for a disparity that is wrong by 1 (to first order): with
 * g = e / w, ∂g/∂d = k·((A − C) − (D − B)·g) / w, which is largest in a corner and at an end of the disparity range.
 */
export function pixelsPerDisparity(path: readonly CameraState[], frame: Size): number {
  const aspect = frame.width / frame.height;
  let most = 0;
  for (const camera of path) {
    const { A, B, C, D, k } = raysOf(camera);
    const w = Math.min(B, B + k * (D - B));
    for (const x of [-aspect, aspect]) {
      for (const y of [-1, 1]) {
        const moved = Math.hypot(A.x - C.x - (D - B) * x, A.y - C.y - (D - B) * y);
        most = Math.max(most, (k * moved) / w);
      }
    }
  }
  // The screen is two units high.
  return (most * frame.height) / 2;
}
