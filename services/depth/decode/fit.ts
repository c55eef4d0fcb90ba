/** The size at which a photo is decoded: as large as the job needs it, and never larger than it is. */
import {
  type AskedSize,
  clipSize,
  type Size,
  withinLongSide,
} from "../../../core/geometry/size.js";
import { clipFrames } from "../../../core/geometry/timing.js";
import { magnification, textureSize } from "../../../core/scene/extent.js";
import { framePath } from "../../../core/scene/frame-path.js";
import { lastStageOf } from "../../../core/spec/last-stage.js";
import type { JobSpec } from "../../../core/spec/spec.js";

/** The size that a photo is shrunk to; it is never enlarged. */
export type Fit =
  /** What a clip of this size needs; what is absent follows from the photo's aspect. */
  | {
      readonly clip: AskedSize;
      /** How many times its own scale the camera sees some part of it. Absent: no more than once. */
      readonly closest?: number;
    }
  | { readonly longSidePixels: number };

/** What its pictures show at the closest; where none is drawn, no more than the map has. */
export function photoFit(spec: JobSpec, mapLongSidePixels: number): Fit {
  if (lastStageOf(spec) === "depth") return { longSidePixels: mapLongSidePixels };
  const { durationSeconds, frameRate } = spec.clip;
  const path = framePath(spec, clipFrames(durationSeconds, frameRate));
  // Samples of a pixel see as much more of the photo as a camera that comes closer.
  const closest = spec.clip.ssaa * magnification(path.map(({ camera }) => camera));
  return { clip: spec.clip, closest };
}

/** The size that `fit` gives to an upright photo. */
export function fittedSize(fit: Fit, upright: Size): Size {
  if ("clip" in fit) return textureSize(clipSize(fit.clip, upright), upright, fit.closest);
  return withinLongSide(upright, fit.longSidePixels);
}
