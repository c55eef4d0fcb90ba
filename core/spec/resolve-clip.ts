/**
 * Checks and completes the clip of a request: its length, frame rate and size, and how many pixels
 * must be drawn for it.
 */
import { DepthmeshError } from "../errors.js";
import type { Size } from "../geometry/size.js";
import type { FrameRate } from "../geometry/timing.js";
import { clipFrames } from "../geometry/timing.js";
import { CODEC_NAMES, codecRow } from "../output/codecs.js";
import { stereoFrame } from "../scene/stereo/layout.js";
import type { Fields } from "./fields.js";
import { checkParameter } from "./parameters/row.js";
import { PARAMETERS } from "./parameters.js";
import type { ClipSpec, JobSpec } from "./spec.js";
import { type Checks, FIRST_ONLY } from "./violations.js";

/** Refuses with PARAMETER_OUT_OF_RANGE and PARAMETER_CONFLICT. */
export function resolveClip(
  fields: Fields,
  asked: FrameRate | undefined,
  maxFrames: number,
  checks: Checks = FIRST_ONLY,
): ClipSpec {
  const frameRate = checks.check(() => resolveFrameRate(asked)) ?? resolveFrameRate(undefined);
  const { durationSeconds, ...size } = fields.section<Omit<ClipSpec, "frameRate">>("clip");
  if (checks.passed("clip.frame_rate")) {
    checks.check(() => checkFrames(clipFrames(durationSeconds, frameRate), maxFrames));
  }
  checks.check(() => checkCutout(size));
  checks.check(() => checkSize(size));
  return { durationSeconds, frameRate, ...size };
}

function checkCutout({
  background,
  cutoutDisparity,
}: Pick<ClipSpec, "background" | "cutoutDisparity">): void {
  if (cutoutDisparity !== undefined && background === "photo") {
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      "clip.cutout_disparity is for a clip without a background; set clip.background to none too",
      {
        metadata: {
          field: "clip.cutout_disparity",
          conflicts_with: "clip.background",
        },
      },
    );
  }
}

function checkSize({
  width,
  height,
  longestSide,
}: Pick<ClipSpec, "width" | "height" | "longestSide">): void {
  const other = width === undefined ? (height === undefined ? undefined : "height") : "width";
  if (longestSide !== undefined && other !== undefined) {
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      `clip.longest_side and clip.${other} exclude each other; set one of them`,
      {
        metadata: {
          field: "clip.longest_side",
          conflicts_with: `clip.${other}`,
        },
      },
    );
  }
}

function resolveFrameRate(asked: FrameRate | undefined): FrameRate {
  const row = PARAMETERS["clip.frame_rate"];
  const frameRate = asked ?? { numerator: Number(row.defaultValue), denominator: 1 };
  const { numerator, denominator } = frameRate;
  const whole = Number.isInteger(numerator) && Number.isInteger(denominator) && denominator > 0;
  checkParameter(row, whole ? numerator / denominator : Number.NaN);
  return frameRate;
}

function checkFrames(frames: number, maxFrames: number): void {
  if (frames >= 1 && frames <= maxFrames) return;
  const message = `the clip would have ${frames} frames; it must have 1 to ${maxFrames}`;
  throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, {
    metadata: {
      field: "clip.duration_seconds",
      actual_frames: String(frames),
      limit_frames: String(maxFrames),
    },
  });
}

/**
 * Pixels drawn over the whole clip: width · height · ssaa² · frames, of frames with the views of
 * both eyes. `photo` is upright, in pixels.
 */
export function pixelFrames(spec: Pick<JobSpec, "clip" | "stereo">, photo: Size): number {
  const { clip } = spec;
  const { width, height } = drawnFrame(spec, photo);
  return width * height * clip.ssaa ** 2 * clipFrames(clip.durationSeconds, clip.frameRate);
}

/**
 * Throws PARAMETER_OUT_OF_RANGE for frames that players of an output's codec do not decode, which
 * the views of both eyes can reach.
 */
export function checkFrameSides(
  { clip, stereo, outputs }: Pick<JobSpec, "clip" | "stereo" | "outputs">,
  photo: Size,
): void {
  const { width, height } = stereoFrame(clip, stereo, photo).frame;
  const actual = Math.max(width, height);
  for (const { codec } of outputs) {
    const { maxSidePixels = actual } = codecRow(codec);
    if (actual <= maxSidePixels) continue;
    const takers = CODEC_NAMES.filter((name) => codecRow(name).maxSidePixels === undefined);
    const message = `the frames of ${stereo.layout} are ${width}×${height} pixels; players decode ${codec} of at most ${maxSidePixels} per side: choose a smaller clip, a half layout, or another codec such as h265`;
    throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, {
      metadata: {
        field: "clip",
        codec,
        width_pixels: String(width),
        height_pixels: String(height),
        limit_maximum: String(maxSidePixels),
        known: takers.join(" "),
      },
    });
  }
}

/** The larger of the frame and of both eyes' views side by side. */
function drawnFrame({ clip, stereo }: Pick<JobSpec, "clip" | "stereo">, photo: Size): Size {
  const { frame, eye } = stereoFrame(clip, stereo, photo);
  const views = { width: 2 * eye.frame.width, height: eye.frame.height };
  const isLarger = views.width * views.height > frame.width * frame.height;
  return stereo.layout !== "none" && isLarger ? views : frame;
}

/**
 * Throws PARAMETER_OUT_OF_RANGE. A job without a video has no limit, because it draws only stills.
 */
export function checkPixelFrames(
  spec: Pick<JobSpec, "clip" | "stereo" | "outputs">,
  photo: Size,
  maxPixelFrames: number,
): void {
  if (spec.outputs.length === 0) return;
  const actual = pixelFrames(spec, photo);
  if (actual <= maxPixelFrames) return;
  const { width, height } = drawnFrame(spec, photo);
  const frames = clipFrames(spec.clip.durationSeconds, spec.clip.frameRate);
  const message = `${frames} frames of ${width}×${height} with ssaa ${spec.clip.ssaa} are ${actual} pixels; a job may have at most ${maxPixelFrames}`;
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
