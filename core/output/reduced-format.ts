/**
 * The size and the frame rate of an output that shows its clip smaller or with fewer frames. All
 * outputs of a job share the frames of one render; an output with limits of its own takes every
 * n-th of them and scales it down.
 */
import type { Size } from "../geometry/size.js";
import type { FrameRate } from "../geometry/timing.js";
import type { OutputSpec } from "./spec.js";

type Limits = Pick<OutputSpec, "maxLongestSide" | "maxFrameRate">;

const MIN_SIDE_PIXELS = 16;
/** Rates such as 30000/1001 and 29.97 count as equal. */
const RATE_TOLERANCE = 1e-3;

/** n, where the output shows every n-th frame of the clip, beginning with the first. */
export function frameStep(clipRate: FrameRate, { maxFrameRate }: Limits): number {
  if (maxFrameRate === undefined) return 1;
  const { numerator, denominator } = clipRate;
  return Math.max(1, Math.ceil(numerator / denominator / maxFrameRate - RATE_TOLERANCE));
}

/** The frame rate of the output. Its last frame may be shown longer than the others. */
export function reducedFrameRate(clipRate: FrameRate, limits: Limits): FrameRate {
  const { numerator, denominator } = clipRate;
  return { numerator, denominator: denominator * frameStep(clipRate, limits) };
}

/**
 * The size of the output in pixels: the frame's own, or scaled down to the longest side. Sides of a
 * scaled picture are even, and at least 16 pixels.
 */
export function reducedSize(frame: Size, { maxLongestSide }: Limits): Size {
  const { width, height } = frame;
  if (maxLongestSide === undefined || Math.max(width, height) <= maxLongestSide) return frame;
  const scale = maxLongestSide / Math.max(width, height);
  const side = (pixels: number) => Math.max(MIN_SIDE_PIXELS, 2 * Math.round((pixels * scale) / 2));
  return { width: side(width), height: side(height) };
}
