/**
 * Measures a finished output in its own file (frames, size, duration, codec) instead of trusting
 * what ffmpeg was asked for.
 */
import { execFile } from "node:child_process";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { DepthmeshError } from "../../core/errors.js";
import { StallWatch, stallError } from "../../kit/async/stall-watch.js";
import { processStat } from "../../kit/process/process-stat.js";
import { clipSeconds } from "./arguments.js";
import type { EncodedOutput, FrameFormat } from "./encoder.js";
import { outputFormat } from "./output-format.js";

export interface OutputFacts {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly durationSeconds: number;
  readonly codec: string;
  readonly pixelFormat: string;
  /** Empty if the file has no sound. */
  readonly soundCodec: string;
}

export interface FfprobeOptions {
  /** Name or path of the command. */
  readonly ffprobe: string;
  /** ffprobe is killed when it uses no processor time for this long. */
  readonly stallMs: number;
  readonly signal?: AbortSignal;
}

interface Stream {
  readonly codec_type: string;
  readonly codec_name: string;
  readonly pix_fmt?: string;
  readonly width?: number;
  readonly height?: number;
  readonly nb_read_packets?: string;
  readonly duration?: string;
  readonly tags?: { readonly alpha_mode?: string };
}

interface Probed {
  readonly streams?: readonly Stream[];
  readonly format?: { readonly duration?: string };
}

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
  { output, path }: EncodedOutput,
  format: FrameFormat,
  ffprobe: FfprobeOptions,
): Promise<OutputFacts> {
  switch (output.codec) {
    case "webp": {
      const animation = await withFile(path, readWebpAnimation);
      const known = { codec: "webp", pixelFormat: output.pixelFormat, soundCodec: "" };
      if (animation) return { ...animation, ...known };
      // A clip in which nothing moves becomes a single still picture.
      const still = videoFacts(await probeFile(path, ffprobe));
      return { ...still, frames: 1, durationSeconds: clipSeconds(format) };
    }
    case "apng": {
      const facts = videoFacts(await probeFile(path, ffprobe));
      // A single frame is a plain PNG, which has no delays.
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
  // An encoder that something else killed can exit without an error and leave no file.
  if (!written?.size) throw nothingWritten(undefined);
  const entries =
    "stream=codec_type,codec_name,pix_fmt,width,height,nb_read_packets,duration:stream_tags=alpha_mode";
  const stdout = await runFfprobe(
    [
      ...["-v", "error", "-protocol_whitelist", "file", "-count_packets"],
      ...["-show_entries", entries, "-show_entries", "format=duration", "-of", "json", path],
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
    pixelFormat: pixelFormatOf(video),
    soundCodec: sound?.codec_name ?? "",
  };
}

/** The alpha of VP9 is a stream beside its packets, of which the container tells. */
function pixelFormatOf({ pix_fmt: format = "", tags }: Stream): string {
  return tags?.alpha_mode === "1" ? format.replace(/^yuv4/, "yuva4") : format;
}

function nothingWritten(cause: unknown): DepthmeshError {
  return new DepthmeshError("ENCODER_CRASHED", "the video encoder wrote no video", {
    metadata: { cause: "incomplete" },
    cause,
  });
}

/**
 * Runs ffprobe once and returns its standard output. Throws STAGE_STALLED when it hangs, and
 * otherwise the error of `execFile` when it fails or the signal aborts.
 */
export function runFfprobe(
  options: readonly string[],
  { ffprobe, stallMs, signal }: FfprobeOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let stalled = false;
    const watch = new StallWatch({
      stallMs,
      processorMs: () => processStat(child.pid)?.processorMs,
      stalled: () => {
        stalled = true;
        child.kill("SIGKILL");
      },
    });
    const child = execFile(
      ffprobe,
      options,
      { killSignal: "SIGKILL", ...(signal && { signal }) },
      (error, stdout) => {
        watch.end();
        if (stalled) reject(stallError("ffprobe", stallMs, error));
        else if (error) reject(error);
        else resolve(stdout);
      },
    );
    watch.begin();
  });
}

const PNG_SIGNATURE_BYTES = 8;
/** A PNG chunk has its length and type in front of the data, and a checksum behind it. */
const PNG_FRAMING_BYTES = 12;

/**
 * Sum of the frame delays of an animated PNG, in seconds (PNG specification, third edition).
 * ffprobe only estimates it. Reads only the beginning of each chunk.
 */
async function apngSeconds(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  let seconds = 0;
  for (let offset = PNG_SIGNATURE_BYTES; offset + PNG_FRAMING_BYTES <= size; ) {
    const head = await readAt(file, offset, 8 + 24);
    if (head.toString("latin1", 4, 8) === "fcTL") {
      // A denominator of 0 means hundredths of a second.
      seconds += head.readUInt16BE(28) / (head.readUInt16BE(30) || 100);
    }
    offset += PNG_FRAMING_BYTES + head.readUInt32BE(0);
  }
  return seconds;
}

const RIFF_HEADER_BYTES = 12;

/**
 * Size, frames and duration of an animated WebP (RFC 9649), which ffprobe does not read. Undefined
 * if the file is not an animation. Reads only the beginning of each chunk.
 */
async function readWebpAnimation(
  file: FileHandle,
): Promise<Pick<OutputFacts, "width" | "height" | "frames" | "durationSeconds"> | undefined> {
  const { size } = await file.stat();
  let width = 0;
  let height = 0;
  let frames = 0;
  let durationMs = 0;
  for (let offset = RIFF_HEADER_BYTES; offset + 8 <= size; ) {
    const head = await readAt(file, offset, 8 + 16);
    const type = head.toString("latin1", 0, 4);
    if (type === "VP8X") {
      width = head.readUIntLE(12, 3) + 1;
      height = head.readUIntLE(15, 3) + 1;
    } else if (type === "ANMF") {
      frames += 1;
      durationMs += head.readUIntLE(20, 3);
    }
    const length = head.readUInt32LE(4);
    offset += 8 + length + (length % 2);
  }
  return frames === 0 ? undefined : { width, height, frames, durationSeconds: durationMs / 1000 };
}

/** `length` bytes from `offset` on; those beyond the end of the file are zero. */
async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer;
}
