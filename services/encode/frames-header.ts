/**
 * Checks the header of EncodeFrames: the format of the incoming frames and the requested output.
 */
import { DepthmeshError, rangeError } from "../../core/errors.js";
import { MAX_CLIP_FRAMES } from "../../core/geometry/timing.js";
import type { OutputSpec } from "../../core/output/spec.js";
import { resolveOutputs } from "../../core/spec/resolve-outputs.js";
import {
  type EncodeFramesHeader,
  OddSides,
  RawPixelFormat,
} from "../../proto/gen/depthmesh/stage/v1/encode_service.js";
import { Output } from "../../proto/gen/depthmesh/v1/spec.js";
import { EnumWords } from "../../wire/enums.js";
import { fromWireOutput } from "../../wire/output.js";
import type { FrameFormat } from "./encoder.js";

const SIDE_RANGE = [16, 8192] as const;
/** H.264 at level 6.2: 139,264 macroblocks of 16 × 16 (ITU-T H.264, table A-1). */
const MAX_PIXELS = 139_264 * 256;
const MAX_FRAME_RATE = 120;

const PIXEL_FORMATS = new EnumWords({
  i420: RawPixelFormat.RAW_PIXEL_FORMAT_I420,
  nv12: RawPixelFormat.RAW_PIXEL_FORMAT_NV12,
  rgba: RawPixelFormat.RAW_PIXEL_FORMAT_RGBA,
});
const ODD_SIDES = new EnumWords({
  crop: OddSides.ODD_SIDES_CROP,
  pad: OddSides.ODD_SIDES_PAD,
});

export interface FramesRequest {
  readonly format: FrameFormat;
  readonly output: OutputSpec;
}

/** Throws PARAMETER_OUT_OF_RANGE, PARAMETER_UNKNOWN and PARAMETER_CONFLICT. */
export function checkFramesHeader(header: EncodeFramesHeader): FramesRequest {
  const { width, height, frames, frameRateNumerator } = header;
  const frameRateDenominator = header.frameRateDenominator || 1;
  checkRange("width", width, SIDE_RANGE);
  checkRange("height", height, SIDE_RANGE);
  checkRange("width", width * height, [1, MAX_PIXELS], "width × height");
  checkRange("frames", frames, [1, MAX_CLIP_FRAMES]);
  checkRange("frame_rate_numerator", frameRateNumerator, [1, Number.MAX_SAFE_INTEGER]);
  checkRange("frame_rate_denominator", frameRateDenominator, [1, Number.MAX_SAFE_INTEGER]);
  const framesPerSecond = frameRateNumerator / frameRateDenominator;
  checkRange("frame_rate_numerator", framesPerSecond, [1, MAX_FRAME_RATE], "the frame rate");
  const pixelFormat = PIXEL_FORMATS.word(header.pixelFormat, "pixel_format") ?? "i420";
  const oddSides = ODD_SIDES.word(header.oddSides, "odd_sides");
  if (!oddSides && (width % 2 === 1 || height % 2 === 1)) {
    const field = width % 2 === 1 ? "width" : "height";
    const message = `${field} is odd: set odd_sides to crop or to pad`;
    throw new DepthmeshError("PARAMETER_CONFLICT", message, {
      metadata: { field, actual: String(header[field]) },
    });
  }
  const frameRate = { numerator: frameRateNumerator, denominator: frameRateDenominator };
  const request = fromWireOutput(header.output ?? Output.fromPartial({}));
  const [output] = resolveOutputs([request], frameRate);
  if (!output) throw new DepthmeshError("PARAMETER_CONFLICT", "the request names no output");
  const rate = { frameRateNumerator, frameRateDenominator };
  // Alpha that nobody has declared may hold anything, as in frames of RGB and an unused byte.
  const hasAlpha = pixelFormat === "rgba" && request.transparency === "keep";
  const format = { width, height, frames, ...rate, pixelFormat, hasAlpha };
  return { format: { ...format, ...(oddSides && { oddSides }) }, output };
}

/** Bytes of one frame. Rows have no padding. */
export function frameBytes({ width, height, pixelFormat }: FrameFormat): number {
  if (pixelFormat === "rgba") return 4 * width * height;
  return width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
}

/** `what` is checked, and `field` is the one to change. */
function checkRange(
  field: string,
  actual: number,
  [minimum, maximum]: readonly [number, number],
  what = field,
): void {
  if (actual >= minimum && actual <= maximum) return;
  const message = `${what} is ${actual}; it must be ${minimum} to ${maximum}`;
  throw rangeError(field, actual, { minimum, maximum }, message);
}
