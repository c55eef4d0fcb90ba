/** How much drawing a job asks for, held against the server's limit once the photo's size is known. */

import { DepthmeshError } from "../errors.js";
import { clipLayout, type Size } from "../geometry/size.js";
import { clipFrames } from "../geometry/timing.js";
import type { JobSpec } from "./spec.js";

/** Pixels drawn over the whole clip: width · height · ssaa² · frames. `photo` is upright, in pixels. */
export function pixelFrames({ clip }: Pick<JobSpec, "clip">, photo: Size): number {
  const { width, height } = clipLayout(clip, photo).frame;
  return width * height * clip.ssaa ** 2 * clipFrames(clip.durationSeconds, clip.frameRate);
}

/** Throws PARAMETER_OUT_OF_RANGE. A job without a video draws nothing. */
export function checkPixelFrames(
  spec: Pick<JobSpec, "clip" | "outputs">,
  photo: Size,
  maxPixelFrames: number,
): void {
  if (spec.outputs.length === 0) return;
  const actual = pixelFrames(spec, photo);
  if (actual <= maxPixelFrames) return;
  const { width, height } = clipLayout(spec.clip, photo).frame;
  const frames = clipFrames(spec.clip.durationSeconds, spec.clip.frameRate);
  const message = `${frames} frames of ${width}×${height} with ssaa ${spec.clip.ssaa} are ${actual} pixels; at most ${maxPixelFrames} are drawn for a job`;
  throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, {
    metadata: {
      field: "clip",
      actual_pixel_frames: String(actual),
      limit_pixel_frames: String(maxPixelFrames),
      frames: String(frames),
      width_pixels: String(width),
      height_pixels: String(height),
      ssaa: String(spec.clip.ssaa),
    },
  });
}
