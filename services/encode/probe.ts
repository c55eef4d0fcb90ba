/**
 * Finds out which encoders work on this machine by encoding a few frames with each, whatever ffmpeg
 * was compiled with.
 */
import { toDepthmeshError } from "../../core/errors.js";
import type { EncoderFacts } from "../../core/output/codecs.js";
import { type Codec, codecRow } from "../../core/output/codecs.js";
import type { OutputSpec } from "../../core/output/spec.js";
import { onAbort } from "../../kit/async/abort.js";
import { Semaphore } from "../../kit/async/semaphore.js";
import { deviceOptions, rawInput, videoArguments } from "./arguments.js";
import type { FrameFormat } from "./encoder.js";
import { ENCODERS, type EncoderRow } from "./encoders.js";
import { startFfmpeg } from "./ffmpeg.js";

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
const MAX_RUNNING = 2;
const FAILURE_CHARACTERS = 200;

export interface ProbeOptions {
  /** Names of the encoders that ffmpeg was compiled with. */
  readonly compiled: ReadonlySet<string>;
  /** Whether hardware encoders are probed too. */
  readonly hardware: boolean;
  readonly signal?: AbortSignal;
  readonly encoders?: readonly EncoderRow[];
}

/** Rejects with the signal's reason when it fires; every ffmpeg has ended then. */
export async function probeEncoders({
  compiled,
  hardware,
  signal,
  encoders = ENCODERS,
}: ProbeOptions): Promise<readonly ProbedEncoder[]> {
  const semaphore = new Semaphore("probes", { running: MAX_RUNNING, waiting: encoders.length });
  const candidates = encoders.filter((encoder) => hardware || !encoder.hardware);
  const probed = await Promise.all(
    candidates.map((encoder) =>
      compiled.has(encoder.name)
        ? semaphore.pass(() => probe(encoder, signal))
        : { encoder, works: false, failure: "ffmpeg was built without it", framesPerSecond: 0 },
    ),
  );
  signal?.throwIfAborted();
  return probed;
}

async function probe(encoder: EncoderRow, signal?: AbortSignal): Promise<ProbedEncoder> {
  if (signal?.aborted) return { encoder, works: false, failure: "not tried", framesPerSecond: 0 };
  const planned = { output: defaultOutput(encoder.codec), encoder, keepsAlpha: false };
  const startedAtMs = performance.now();
  const options = videoArguments(planned, FRAMES, 1);
  const run = startFfmpeg({
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
    limits: PROBE_LIMITS,
  });
  const stopListening = onAbort(signal, () => void run.kill());
  try {
    for (let frame = 0; frame < FRAMES.frames; frame++) await run.write(probeFrame(frame));
    await run.finish();
    const framesPerSecond = (1000 * FRAMES.frames) / (performance.now() - startedAtMs);
    return { encoder, works: true, failure: "", framesPerSecond };
  } catch (error) {
    return { encoder, works: false, failure: firstLine(error), framesPerSecond: 0 };
  } finally {
    stopListening();
  }
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
