/** The clip of a request: its length, rate and size. */

import { DepthmeshError } from "../errors.js";
import type { FrameRate } from "../geometry/timing.js";
import { clipFrames } from "../geometry/timing.js";
import type { Fields } from "./fields.js";
import { checkParameter } from "./parameters/row.js";
import { PARAMETERS } from "./parameters.js";
import type { ClipSpec } from "./spec.js";

/** Throws PARAMETER_OUT_OF_RANGE and PARAMETER_CONFLICT. */
export function resolveClip(
  fields: Fields,
  asked: FrameRate | undefined,
  maxFrames: number,
): ClipSpec {
  const frameRate = resolveFrameRate(asked);
  const { durationSeconds, ...size } = fields.section<Omit<ClipSpec, "frameRate">>("clip");
  checkFrames(clipFrames(durationSeconds, frameRate), maxFrames);
  const { width, height, longestSide } = size;
  const other = width === undefined ? (height === undefined ? undefined : "height") : "width";
  if (longestSide !== undefined && other !== undefined) {
    throw new DepthmeshError("PARAMETER_CONFLICT", `clip.longest_side excludes clip.${other}`, {
      metadata: {
        field: "clip.longest_side",
        conflicts_with: `clip.${other}`,
      },
    });
  }
  return { durationSeconds, frameRate, ...size };
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
