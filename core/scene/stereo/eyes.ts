/**
 * The cameras of both eyes, from the camera of a frame: moved apart to the left and to the right,
 * with the picture shifted against it so that one plane stays where it is. Derivation:
 * docs/stereo.md.
 */
import { type CameraState, raysOf } from "../camera.js";
import type { StereoSpec } from "./layout.js";

/**
 * The least k of an eye's camera. Many presets begin at height 0, and the eyes must not see a flat
 * photo in that one frame. At this height nothing moves by a tenth of a pixel without them.
 */
const LEAST_K = 1e-4;

export type EyeOptions = Pick<
  StereoSpec,
  "layout" | "separationPercent" | "convergence" | "swapEyes"
>;

/**
 * The cameras whose views make one frame: the camera itself without stereo, else those of the left
 * and of the right eye, in this order unless they are swapped. `aspect` is that of one eye's
 * picture, width / height.
 *
 * An eye at the distance ε from the camera has its lines of sight through C + ε. With A + α, where
 * α = −k·c·ε / (1 − k·c), a point of disparity d moves on the screen by
 *
 *     Δg = k·ε·(c − d) / ((1 − k·c)·w(d)),   w(d) = B + k·(D − B)·d,
 *
 * which is 0 at the disparity c of the convergence. The eyes are at
 * ε = ∓½·S·2a·w(c)·(1 − k·c) / k, so that the left view is to the right of the right one by
 * S·(d − c)·w(c) / w(d) of the picture's width: S is the separation, and w(c) / w(d) how much
 * larger perspective shows the plane d than the plane c. It does not depend on the height, zoom or
 * dolly of the camera, so that a clip stays as deep as it was set. With `camera.invert`, d is the
 * disparity that the camera uses, as for steady and focus.
 */
export function eyeCameras(
  camera: CameraState,
  { layout, separationPercent, convergence: c, swapEyes }: EyeOptions,
  aspect: number,
): readonly CameraState[] {
  if (layout === "none") return [camera];
  const raised = { ...camera, height: Math.max(camera.height, LEAST_K * (1 + camera.dolly)) };
  const { B, D, k } = raysOf(raised);
  const atConvergence = B + k * (D - B) * c;
  const parallax = (separationPercent / 100) * 2 * aspect;
  const apart = (parallax * atConvergence * (1 - k * c)) / k;
  const left = eyeAt(raised, -apart / 2, k * c);
  const right = eyeAt(raised, apart / 2, k * c);
  return swapEyes ? [right, left] : [left, right];
}

/** The same with a part of its depth, `strength` in [0, 1], as `withStrength` of a camera. */
export function weakerEyes<T extends EyeOptions>(stereo: T, strength: number): T {
  return { ...stereo, separationPercent: stereo.separationPercent * strength };
}

/** The camera moved to the right; the plane whose point lies `rise` towards the eye stays. */
function eyeAt(camera: CameraState, toTheRight: number, rise: number): CameraState {
  const { center, origin } = camera;
  return {
    ...camera,
    center: { ...center, x: center.x - (rise * toTheRight) / (1 - rise) },
    origin: { ...origin, x: origin.x + toTheRight },
  };
}
