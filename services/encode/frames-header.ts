/** The header of EncodeFrames, checked: what comes in and what is made of it. */
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
import { fromWireOutput } from "../../wire/output.js";
import type { FrameFormat } from "./encoder.js";

const SIDE_RANGE = [16, 8192] as const;
/** H.264 at level 6.2: 139,264 macroblocks of 16 × 16 (ITU-T H.264, table A-1). */
const MAX_PIXELS = 139_264 * 256;
const MAX_FRAME_RATE = 120;

const PIXEL_FORMATS = new Map<RawPixelFormat, NonNullable<FrameFormat["pixelFormat"]>>([
  [RawPixelFormat.RAW_PIXEL_FORMAT_UNSPECIFIED, "i420"],
  [RawPixelFormat.RAW_PIXEL_FORMAT_I420, "i420"],
  [RawPixelFormat.RAW_PIXEL_FORMAT_NV12, "nv12"],
  [RawPixelFormat.RAW_PIXEL_FORMAT_RGBA, "rgba"],
]);
const ODD_SIDES = new Map<OddSides, FrameFormat["oddSides"]>([
  [OddSides.ODD_SIDES_UNSPECIFIED, undefined],
  [OddSides.ODD_SIDES_CROP, "crop"],
  [OddSides.ODD_SIDES_PAD, "pad"],
]);

export interface FramesRequest {
  readonly format: FrameFormat;
  readonly output: OutputSpec;
}

/** Throws PARAMETER_OUT_OF_RANGE, PARAMETER_UNKNOWN and PARAMETER_CONFLICT. */
export function checkFramesHeader(header: EncodeFramesHeader): FramesRequest {
  const { width, height, frames, frameRateNumerator, frameRateDenominator } = header;
  checkRange("width", width, SIDE_RANGE);
  checkRange("height", height, SIDE_RANGE);
  checkRange("width × height", width * height, [1, MAX_PIXELS]);
  checkRange("frames", frames, [1, MAX_CLIP_FRAMES]);
  checkRange("frame_rate_numerator", frameRateNumerator, [1, Number.MAX_SAFE_INTEGER]);
  checkRange("frame_rate_denominator", frameRateDenominator, [1, Number.MAX_SAFE_INTEGER]);
  checkRange("frame rate", frameRateNumerator / frameRateDenominator, [1, MAX_FRAME_RATE]);
  const pixelFormat = known("pixel_format", PIXEL_FORMATS, header.pixelFormat);
  const oddSides = known("odd_sides", ODD_SIDES, header.oddSides);
  if (!oddSides && (width % 2 === 1 || height % 2 === 1)) {
    const field = width % 2 === 1 ? "width" : "height";
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      `${field} is odd: say in odd_sides what is to be done`,
      {
        metadata: {
          field,
          actual: String(header[field]),
        },
      },
    );
  }
  const frameRate = { numerator: frameRateNumerator, denominator: frameRateDenominator };
  const asked = fromWireOutput(header.output ?? Output.fromPartial({}));
  const [output] = resolveOutputs([asked], frameRate);
  if (!output) throw new DepthmeshError("PARAMETER_CONFLICT", "no output is asked for");
  const rate = { frameRateNumerator, frameRateDenominator };
  return {
    format: { width, height, frames, ...rate, pixelFormat, ...(oddSides && { oddSides }) },
    output,
  };
}

/** Bytes of one frame, rows without padding. */
export function frameBytes({ width, height, pixelFormat }: FrameFormat): number {
  if (pixelFormat === "rgba") return 4 * width * height;
  return width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
}

function checkRange(field: string, actual: number, [minimum, maximum]: readonly [number, number]) {
  if (actual >= minimum && actual <= maximum) return;
  throw rangeError(field, actual, { minimum, maximum });
}

function known<K extends number, V>(field: string, values: ReadonlyMap<K, V>, value: K): V {
  const word = values.get(value);
  if (values.has(value)) return word as V;
  throw new DepthmeshError("PARAMETER_UNKNOWN", `${field} has no value ${value}`, {
    metadata: {
      field,
      actual: String(value),
    },
  });
}
