/** The size at which a photo is decoded: as large as the job needs it, and never enlarged. */
import {
  type AskedSize,
  clipSize,
  type Size,
  withinLongSide,
} from "../../../core/geometry/size.js";
import { clipFrames } from "../../../core/geometry/timing.js";
import { framePath } from "../../../core/scene/frame-path.js";
import { magnification, textureSize } from "../../../core/scene/geometry.js";
import { viewScale } from "../../../core/scene/stereo/layout.js";
import type { JobSpec } from "../../../core/spec/spec.js";
import { lastStageOf } from "../../../core/spec/spec.js";

/** What decides the size to which a photo is shrunk. */
export type Fit =
  /** For a clip of this size; absent sides follow from the aspect of the photo. */
  | {
      readonly clip: AskedSize;
      /** Largest magnification at which the camera shows some part of the photo (default 1). */
      readonly closest?: number;
    }
  | { readonly longSidePixels: number };

/**
 * The fit of a job: the detail that its frames show at the closest position of the camera. A job
 * that makes only a depth map needs the photo no larger than that map.
 */
export function photoFit(spec: JobSpec, mapLongSidePixels: number): Fit {
  if (lastStageOf(spec) === "depth") return { longSidePixels: mapLongSidePixels };
  const { durationSeconds, frameRate } = spec.clip;
  const path = framePath(spec, clipFrames(durationSeconds, frameRate));
  // Supersampling shows as much more detail of the photo as a camera that comes closer.
  const drawn = spec.clip.ssaa * viewScale(spec.stereo);
  const closest = drawn * magnification(path.map(({ camera }) => camera));
  return { clip: spec.clip, closest };
}

/** The size of an upright photo after decoding. */
export function fittedSize(fit: Fit, upright: Size): Size {
  if ("clip" in fit) return textureSize(clipSize(fit.clip, upright), upright, fit.closest);
  return withinLongSide(upright, fit.longSidePixels);
}
