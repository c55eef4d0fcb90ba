/** Asks ffprobe about a finished file. */
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { DepthmeshError } from "../../core/errors.js";
import type { OutputFacts } from "../../core/output/output-facts.js";
import { StallWatch, stallError } from "../../kit/async/stall-watch.js";
import { processStat } from "../../kit/process/process-stat.js";

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
 * Facts of the first video in a file, and of its first sound. Throws ENCODER_CRASHED when there is
 * no video, STAGE_STALLED when ffprobe hangs, and the signal's reason.
 */
export async function probeVideo(path: string, ffprobe: FfprobeOptions): Promise<OutputFacts> {
  return videoFacts(await probeFile(path, ffprobe));
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
