/**
 * Measures a finished output in its own file (frames, size, duration, codec) instead of trusting
 * what ffmpeg was asked for.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DepthmeshError } from "../../core/errors.js";
import { readMp4Facts } from "../../core/output/mp4-facts.js";
import type { OutputFacts } from "../../core/output/output-facts.js";
import { apngSeconds, readWebpAnimation } from "./animation-facts.js";
import { clipSeconds } from "./arguments.js";
import type { EncodedOutput, FrameFormat } from "./encoder.js";
import { type FfprobeOptions, probeVideo } from "./ffprobe.js";
import { readMp4 } from "./mp4-file.js";
import { outputFormat } from "./output-format.js";

/**
 * Throws ENCODER_CRASHED when the file has no video or fewer frames than expected, and
 * STAGE_STALLED when ffprobe hangs.
 */
export async function measureOutput(
  encoded: EncodedOutput,
  format: FrameFormat,
  ffprobe: FfprobeOptions,
): Promise<OutputFacts> {
  const facts = await measure(encoded, format, ffprobe);
  const expected = outputFormat(format, encoded.output).frames * encoded.output.repeat;
  // The WebP encoder merges equal frames into one that is shown longer.
  const complete = encoded.output.codec === "webp" ? facts.frames > 0 : facts.frames === expected;
  if (complete) return facts;
  throw new DepthmeshError("ENCODER_CRASHED", "the video encoder did not write every frame", {
    metadata: {
      cause: "incomplete",
      actual_frames: String(facts.frames),
      frames: String(expected),
    },
  });
}

async function measure(
  encoded: EncodedOutput,
  format: FrameFormat,
  ffprobe: FfprobeOptions,
): Promise<OutputFacts> {
  const { output, path } = encoded;
  switch (output.codec) {
    case "webp": {
      const animation = await readWebpAnimation(path);
      const known = { codec: "webp", pixelFormat: output.pixelFormat, soundCodec: "" };
      if (animation) return { ...animation, ...known };
      // A clip in which nothing moves becomes a single still picture.
      const still = await probeVideo(path, ffprobe);
      return { ...still, frames: 1, durationSeconds: clipSeconds(format) };
    }
    case "apng": {
      const facts = await probeVideo(path, ffprobe);
      // A single frame is a plain PNG, which has no delays.
      const seconds = facts.frames === 1 ? clipSeconds(format) : await apngSeconds(path);
      return { ...facts, durationSeconds: seconds };
    }
    case "png": {
      const names = await readdir(path);
      const [first = ""] = names.sort();
      const facts = await probeVideo(join(path, first), ffprobe);
      return { ...facts, frames: names.length, durationSeconds: clipSeconds(format) };
    }
    default:
      return (await factsOfMp4(encoded)) ?? probeVideo(path, ffprobe);
  }
}

/**
 * What the index of an MP4 or QuickTime file tells, which takes a hundredth of the time of a start
 * of ffprobe. Undefined for other containers, and where the index does not tell everything. A
 * hardware encoder can write other sides into its frames than the index repeats. Throws
 * ENCODER_CRASHED for an incomplete file.
 */
async function factsOfMp4({
  output: { container },
  encoder,
  path,
}: EncodedOutput): Promise<OutputFacts | undefined> {
  if (container !== "mp4" && container !== "mov") return undefined;
  const { moov, data } = await readMp4(path);
  try {
    const facts = readMp4Facts(moov, data);
    return encoder.hardware === undefined ? facts : undefined;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const message = "the video encoder wrote a file whose index and data do not agree";
    throw new DepthmeshError("ENCODER_CRASHED", message, {
      metadata: { cause: "incomplete" },
      cause,
    });
  }
}
