/**
 * Finds out whether an encoder works on this machine by encoding a few frames with it, whatever
 * ffmpeg was compiled with.
 */
import { toDepthmeshError } from "../../core/errors.js";
import type { EncoderFacts } from "../../core/output/codecs.js";
import { type Codec, codecRow } from "../../core/output/codecs.js";
import type { OutputSpec } from "../../core/output/spec.js";
import { onAbort } from "../../kit/async/abort.js";
import { deviceOptions, rawInput, videoArguments } from "./arguments.js";
import type { FrameFormat } from "./encoder.js";
import type { EncoderRow } from "./encoders.js";
import { type FfmpegJob, startFfmpeg } from "./ffmpeg.js";

export interface ProbedEncoder {
  readonly encoder: EncoderRow;
  readonly works: boolean;
  /** Why it does not work: the first line that ffmpeg prints. Empty if it works. */
  readonly failure: string;
  /** Measured including the start of ffmpeg. */
  readonly framesPerSecond: number;
}

/** Larger than the smallest picture that hardware encoders accept. */
const FRAMES: FrameFormat = {
  width: 320,
  height: 192,
  frames: 5,
  frameRateNumerator: 25,
  frameRateDenominator: 1,
};
/** Drivers of hardware encoders reserve address space for the memory of the card. */
const PROBE_LIMITS = { wallSeconds: 20, stallMs: 20_000, memoryBytes: 16 * 1024 ** 3 };
const FAILURE_CHARACTERS = 200;

export interface ProbeOptions {
  readonly signal?: AbortSignal;
  /** See FfmpegJob. */
  readonly niceness?: number;
}

/**
 * Encodes a few frames. `works` is undefined where the run took too long, or was ended by the
 * signal: that says nothing about the encoder.
 */
export async function probeEncoder(
  encoder: EncoderRow,
  { signal, niceness }: ProbeOptions = {},
): Promise<Omit<ProbedEncoder, "works"> & { readonly works: boolean | undefined }> {
  const startedAtMs = performance.now();
  const run = startFfmpeg({
    ...probeArguments(encoder),
    limits: PROBE_LIMITS,
    ...(niceness !== undefined && { niceness }),
  });
  const stopListening = onAbort(signal, () => void run.kill());
  try {
    for (let frame = 0; frame < FRAMES.frames; frame++) await run.write(probeFrame(frame));
    await run.finish();
    const framesPerSecond = (1000 * FRAMES.frames) / (performance.now() - startedAtMs);
    return { encoder, works: true, failure: "", framesPerSecond };
  } catch (error) {
    const { reason, metadata } = toDepthmeshError(error);
    const ranOut = reason === "STAGE_STALLED" || metadata.cause === "time_limit";
    const works = ranOut || signal?.aborted ? undefined : false;
    return { encoder, works, failure: firstLine(error), framesPerSecond: 0 };
  } finally {
    stopListening();
  }
}

/** What decides a probe's result, besides ffmpeg and the machine. */
export function probeArguments(encoder: EncoderRow): Pick<FfmpegJob, "inputs" | "outputs"> {
  const planned = { output: defaultOutput(encoder.codec), encoder, keepsAlpha: false };
  const options = videoArguments(planned, FRAMES, 1);
  return {
    inputs: [{ arguments: [...deviceOptions([planned]), ...rawInput(FRAMES)], source: "stdin" }],
    outputs: [
      {
        // A palette would need a pass of its own. Eight bits of RGB are enough for a probe.
        arguments: [
          ...options.map((option) => option.replace(/format=pal8$/, "format=rgb8")),
          "-f",
          "null",
        ],
        target: "/dev/null",
      },
    ],
  };
}

/** A moving ramp, as I420. */
function probeFrame(frame: number): Uint8Array {
  const { width, height } = FRAMES;
  const luma = width * height;
  return new Uint8Array((luma * 3) / 2).map((_, i) =>
    i < luma ? 16 + ((i + 8 * frame) % 200) : 128,
  );
}

function firstLine(error: unknown): string {
  const { cause, message } = toDepthmeshError(error);
  const stderr = cause instanceof Error ? cause.message : "";
  const line = stderr.split("\n").find((text) => text !== "") ?? message;
  // ffmpeg puts the name and the address of a structure in front.
  return line.replace(/^\[[^\]]*\] /, "").slice(0, FAILURE_CHARACTERS);
}

function defaultOutput(codec: Codec): OutputSpec {
  const { crf, quality, pixelFormats, speed } = codecRow(codec);
  return {
    name: "probe",
    container: "mkv",
    codec,
    pixelFormat: pixelFormats[0],
    ...(crf && { crf: crf.defaultValue }),
    ...(quality && { quality: quality.defaultValue }),
    ...(speed && { speed: "fastest" }),
    repeat: 1,
    acceleration: "auto",
  };
}

/** The form in which a worker announces the result. */
export function factsOf({ encoder, ...report }: ProbedEncoder): EncoderFacts {
  const { name, codec, hardware = "" } = encoder;
  return { name, codec, hardware, ...report };
}
