/** How much of a photo a job needs. */
import { clipFrames } from "../../core/geometry/timing.js";
import { magnification } from "../../core/scene/extent.js";
import { framePath } from "../../core/scene/frame-path.js";
import { lastStageOf } from "../../core/spec/last-stage.js";
import type { JobSpec } from "../../core/spec/spec.js";
import type { Fit } from "./decode/request.js";

/** What its pictures show at the closest; where none is drawn, no more than the map has. */
export function photoFit(spec: JobSpec, mapLongSidePixels: number): Fit {
  if (lastStageOf(spec) === "depth") return { longSidePixels: mapLongSidePixels };
  const { durationSeconds, frameRate } = spec.clip;
  const path = framePath(spec, clipFrames(durationSeconds, frameRate));
  // Samples of a pixel see as much more of the photo as a camera that comes closer.
  const closest = spec.clip.ssaa * magnification(path.map(({ camera }) => camera));
  return { clip: spec.clip, closest };
}
