/** What a finished output is, measured in its file: nothing is believed of what ffmpeg was asked for. */
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { DepthmeshError } from "../../core/errors.js";
import { apngSeconds } from "./apng-animation.js";
import { clipSeconds } from "./arguments.js";
import type { EncodedOutput, FrameFormat } from "./encoder.js";
import { type FfprobeOptions, runFfprobe } from "./ffprobe.js";
import { readWebpAnimation } from "./webp-animation.js";

export interface OutputFacts {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly durationSeconds: number;
  readonly codec: string;
  readonly pixelFormat: string;
  readonly soundCodec: string;
}

interface Stream {
  readonly codec_type: string;
  readonly codec_name: string;
  readonly pix_fmt?: string;
  readonly width?: number;
  readonly height?: number;
  readonly nb_read_packets?: string;
  readonly duration?: string;
}

interface Probed {
  readonly streams?: readonly Stream[];
  readonly format?: { readonly duration?: string };
}

/** Throws ENCODER_CRASHED when there is no video or not all of it, STAGE_STALLED when ffprobe hangs. */
export async function measureOutput(
  encoded: EncodedOutput,
  format: FrameFormat,
  ffprobe: FfprobeOptions,
): Promise<OutputFacts> {
  const facts = await measure(encoded, format, ffprobe);
  const expected = format.frames * encoded.output.repeat;
  // WebP shows equal frames as one that stays longer.
  const whole = encoded.output.codec === "webp" ? facts.frames > 0 : facts.frames === expected;
  if (whole) return facts;
  throw new DepthmeshError("ENCODER_CRASHED", "the video encoder did not write every frame", {
    metadata: {
      cause: "incomplete",
      actual_frames: String(facts.frames),
      frames: String(expected),
    },
  });
}

async function measure(
  { output, path }: EncodedOutput,
  format: FrameFormat,
  ffprobe: FfprobeOptions,
): Promise<OutputFacts> {
  switch (output.codec) {
    case "webp": {
      const animation = await withFile(path, readWebpAnimation);
      const known = { codec: "webp", pixelFormat: output.pixelFormat, soundCodec: "" };
      if (animation) return { ...animation, ...known };
      // A clip in which nothing moves is one picture.
      const still = videoFacts(await probeFile(path, ffprobe));
      return { ...still, frames: 1, durationSeconds: clipSeconds(format) };
    }
    case "apng": {
      const facts = videoFacts(await probeFile(path, ffprobe));
      // A single frame is a plain PNG.
      const seconds = facts.frames === 1 ? clipSeconds(format) : await withFile(path, apngSeconds);
      return { ...facts, durationSeconds: seconds };
    }
    case "png": {
      const names = await readdir(path);
      const [first = ""] = names.sort();
      const facts = videoFacts(await probeFile(join(path, first), ffprobe));
      return { ...facts, frames: names.length, durationSeconds: clipSeconds(format) };
    }
    default:
      return videoFacts(await probeFile(path, ffprobe));
  }
}

async function withFile<T>(path: string, read: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path);
  try {
    return await read(file);
  } finally {
    await file.close();
  }
}

async function probeFile(path: string, ffprobe: FfprobeOptions): Promise<Probed> {
  const written = await stat(path).catch(() => undefined);
  // An encoder that was killed from outside can end without an error and leave nothing.
  if (!written?.size) throw nothingWritten(undefined);
  const stdout = await runFfprobe(
    [
      ...["-v", "error", "-protocol_whitelist", "file", "-count_packets"],
      ...[
        "-show_entries",
        "stream=codec_type,codec_name,pix_fmt,width,height,nb_read_packets,duration",
      ],
      ...["-show_entries", "format=duration", "-of", "json", path],
    ],
    ffprobe,
  ).catch((error) => {
    ffprobe.signal?.throwIfAborted();
    throw error instanceof DepthmeshError ? error : nothingWritten(error);
  });
  return JSON.parse(stdout) as Probed;
}

function videoFacts({ streams = [], format }: Probed): OutputFacts {
  const video = streams.find(({ codec_type }) => codec_type === "video");
  if (!video) throw nothingWritten(undefined);
  const sound = streams.find(({ codec_type }) => codec_type === "audio");
  return {
    width: video.width ?? 0,
    height: video.height ?? 0,
    frames: Number(video.nb_read_packets ?? 0),
    durationSeconds: Number(video.duration ?? format?.duration ?? 0),
    codec: video.codec_name,
    pixelFormat: video.pix_fmt ?? "",
    soundCodec: sound?.codec_name ?? "",
  };
}

function nothingWritten(cause: unknown): DepthmeshError {
  return new DepthmeshError("ENCODER_CRASHED", "the video encoder wrote no video", {
    metadata: { cause: "incomplete" },
    cause,
  });
}
