/** The frames of one output: those of the clip, or fewer and smaller ones where it has limits. */
import { frameStep, reducedFrameRate, reducedSize } from "../../core/output/reduced-format.js";
import type { OutputSpec } from "../../core/output/spec.js";
import type { FrameFormat } from "./encoder.js";

const clipRate = ({ frameRateNumerator, frameRateDenominator }: FrameFormat) => ({
  numerator: frameRateNumerator,
  denominator: frameRateDenominator,
});

/** n, where the output has every n-th of the incoming frames, beginning with the first. */
export function stepOf(format: FrameFormat, output: OutputSpec): number {
  return frameStep(clipRate(format), output);
}

/** Number, rate and size of the frames in the output's file. */
export function outputFormat(format: FrameFormat, output: OutputSpec): FrameFormat {
  const rate = reducedFrameRate(clipRate(format), output);
  return {
    ...format,
    ...reducedSize(format, output),
    frames: Math.ceil(format.frames / stepOf(format, output)),
    frameRateNumerator: rate.numerator,
    frameRateDenominator: rate.denominator,
  };
}
