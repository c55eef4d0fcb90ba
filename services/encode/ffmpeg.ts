/** One run of ffmpeg, guarded, through fluent-ffmpeg. The only file that knows fluent-ffmpeg. */
import type { ChildProcess } from "node:child_process";
import { PassThrough } from "node:stream";
import fluent from "fluent-ffmpeg";
import { DepthmeshError } from "../../core/errors.js";
import { StallWatch } from "../../kit/async/stall-watch.js";
import { packagePath } from "../../kit/process/package-path.js";
import { processStat } from "../../kit/process/process-stat.js";
import type { RunLimits } from "./config.js";
import type { ExtraOutput } from "./encoder.js";
import { ffmpegError, StderrTail, type Stop } from "./ffmpeg-error.js";

const GUARD = packagePath("services", "encode", "ffmpeg-guarded");
const INPUT_BUFFER_BYTES = 1024 * 1024;
/** Nothing but files and the pipes: whatever a file may name, no address is ever opened. */
const PROTOCOLS = ["-protocol_whitelist", "file,pipe"];
const QUIET = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning"];

/** A file, or ffmpeg's standard input, with the options that stand before it. */
export interface FfmpegInput {
  readonly arguments: readonly string[];
  readonly source: "stdin" | { readonly file: string };
}

export interface FfmpegJob {
  /** At most one of them is `stdin`. */
  readonly inputs: readonly FfmpegInput[];
  readonly outputs: readonly ExtraOutput[];
  readonly limits: RunLimits;
}

export interface FfmpegRun {
  /** Give bytes to standard input; resolves when there is room for more. Throws what ended it. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * No more bytes; resolves when it has ended well. Throws ENCODER_CRASHED, STAGE_STALLED,
   * STORAGE_FULL, OUTPUT_TOO_LARGE or CODEC_UNAVAILABLE.
   */
  finish(): Promise<void>;
  /** Kill it at once; resolves when it is gone. */
  kill(): Promise<void>;
}

export function startFfmpeg({ limits, ...job }: FfmpegJob): FfmpegRun {
  const input = new PassThrough({ highWaterMark: INPUT_BUFFER_BYTES });
  const stderr = new StderrTail();
  const command = commandOf(job, input).on("stderr", (line: string) => stderr.add(line));
  let stopped: Stop | undefined;
  let fail: (error: Error) => void = () => {};
  const stop = (why: Stop) => {
    stopped ??= why;
    command.kill("SIGKILL");
    input.destroy();
    // What fluent-ffmpeg asks ffmpeg before it starts it can hang too, and cannot be reached.
    if (why !== "killed" && pidOf(command) === undefined) fail(new Error("ffmpeg did not start"));
  };
  // A kill before the process exists is made good when it does.
  command.on("start", () => stopped && command.kill("SIGKILL"));
  const timer = setTimeout(() => stop("time_limit"), limits.wallSeconds * 1000);
  // Only while bytes are offered or its end is waited for: without frames it has nothing to do.
  const watch = new StallWatch({
    stallMs: limits.stallMs,
    processorMs: () => processStat(pidOf(command))?.processorMs,
    stalled: () => stop("stalled"),
  });
  let wake: () => void = () => {};
  let failure: Error | undefined;
  let over = false;
  const ended = new Promise<void>((resolve, reject) => {
    fail = (error) => {
      failure = ffmpegError(error, stderr, stopped, limits);
      reject(failure);
    };
    command.on("end", () => resolve());
    command.on("error", (error: Error) => fail(error));
  }).finally(() => {
    clearTimeout(timer);
    watch.end();
    over = true;
    wake();
  });
  // Looked at by whoever writes or finishes; until then a crash is not unhandled.
  ended.catch(() => {});
  input.on("error", () => {});
  input.on("drain", () => wake());
  command.run();
  return {
    async write(bytes) {
      if (failure) throw failure;
      // Where it has ended well, the rest is of no use to it.
      if (over || input.write(bytes)) return;
      watch.begin();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      watch.end();
      if (failure) throw failure;
    },
    finish() {
      input.end();
      if (!over) watch.begin();
      return ended;
    },
    kill() {
      stop("killed");
      return ended.catch(() => {});
    },
  };
}

/** A run that needs no bytes, from start to end. It is killed when the signal fires. */
export async function runFfmpeg(job: FfmpegJob, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const run = startFfmpeg(job);
  const kill = () => void run.kill();
  signal?.addEventListener("abort", kill, { once: true });
  try {
    await run.finish();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}

/**
 * Names of the encoders that ffmpeg was compiled with. Throws ENCODER_CRASHED when it cannot be
 * run.
 */
export function compiledEncoders(): Promise<ReadonlySet<string>> {
  return new Promise((resolve, reject) => {
    fluent()
      .setFfmpegPath(GUARD)
      .getAvailableEncoders((error, encoders) => {
        if (error)
          reject(new DepthmeshError("ENCODER_CRASHED", "ffmpeg cannot be run", { cause: error }));
        else resolve(new Set(Object.keys(encoders)));
      });
  });
}

/** Options go in as separate arguments: fluent-ffmpeg splits a lone one at its space. */
function commandOf(
  { inputs, outputs }: Pick<FfmpegJob, "inputs" | "outputs">,
  stdin: PassThrough,
): fluent.FfmpegCommand {
  const command = fluent({ stdoutLines: 1 }).setFfmpegPath(GUARD);
  for (const { arguments: options, source } of inputs) {
    command
      .input(source === "stdin" ? stdin : source.file)
      .inputOptions(...pair([...QUIET, ...PROTOCOLS, ...options]));
  }
  for (const { arguments: options, target } of outputs) {
    command.output(target).outputOptions(...pair(options));
  }
  return command;
}

/** fluent-ffmpeg takes a list without splitting it only where it has at least two entries. */
function pair(options: readonly string[]): [string, string, ...string[]] {
  const [first, second, ...rest] = options;
  if (first === undefined || second === undefined) throw new RangeError("fewer than two options");
  return [first, second, ...rest];
}

/**
 * fluent-ffmpeg's types leave its process out. The guard becomes ffmpeg, so that their number is
 * one.
 */
function pidOf(command: fluent.FfmpegCommand): number | undefined {
  const { ffmpegProc } = command as fluent.FfmpegCommand & { ffmpegProc?: ChildProcess };
  return ffmpegProc?.pid;
}
