/** Starts ffmpeg with limits and feeds it frames. No other file uses fluent-ffmpeg. */
import type { ChildProcess } from "node:child_process";
import { setPriority } from "node:os";
import { PassThrough, type Writable } from "node:stream";
import fluent from "fluent-ffmpeg";
import { DepthmeshError } from "../../core/errors.js";
import { onAbort } from "../../kit/async/abort.js";
import { Condition } from "../../kit/async/condition.js";
import { StallWatch } from "../../kit/async/stall-watch.js";
import { packagePath } from "../../kit/process/package-path.js";
import { processStat } from "../../kit/process/process-stat.js";
import type { RunLimits } from "./config.js";
import { LEAST_MEMORY_BYTES } from "./encoder-memory.js";
import { ffmpegError, StderrTail, type Stop } from "./ffmpeg-error.js";
import { IdleReader } from "./idle-reader.js";

const GUARD = packagePath("services", "encode", "ffmpeg-guarded");
const INPUT_BUFFER_BYTES = 1024 * 1024;
/**
 * Only files and pipes, so that a file that contains an address cannot make ffmpeg connect to it.
 */
const PROTOCOLS = ["-protocol_whitelist", "file,pipe"];
/** Of an input that is a socket, whose content is only raw frames. */
const SOCKET_PROTOCOLS = ["-protocol_whitelist", "unix"];
const QUIET = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning"];

/** A file, a Unix socket, or ffmpeg's standard input, with the options in front of it. */
export interface FfmpegInput {
  readonly arguments: readonly string[];
  readonly source: "stdin" | { readonly file: string } | { readonly socket: string };
}

/** One file or stream that ffmpeg writes. */
export interface FfmpegOutput {
  /** ffmpeg's output options, one argument per entry. */
  readonly arguments: readonly string[];
  /** A path, or a stream for ffmpeg's standard output. At most one output of a run is a stream. */
  readonly target: string | Writable;
  /**
   * What ffmpeg is told to write for a target that is a stream, if not `pipe:1`: an output of the
   * format `tee`, which writes it among others.
   */
  readonly pipeName?: string;
}

export interface FfmpegJob {
  /** At most one of them is `stdin`. */
  readonly inputs: readonly FfmpegInput[];
  readonly outputs: readonly FfmpegOutput[];
  readonly limits: RunLimits;
  /** How far it steps back for other processes, from 0 (not at all, the default) to 19. */
  readonly niceness?: number;
}

export interface FfmpegRun {
  /**
   * Writes to standard input; resolves when there is room for more. Throws the error that ended
   * ffmpeg.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Call it when nobody has taken a byte from the socket that is an input for `waitedMs`. Throws
   * the error that ended ffmpeg. Kills an ffmpeg that neither reads nor works; a later call throws
   * STAGE_STALLED.
   */
  checkReading(waitedMs: number): void;
  /**
   * Closes standard input; resolves when ffmpeg has exited without an error. Throws
   * ENCODER_CRASHED, STAGE_STALLED, STORAGE_FULL, OUTPUT_TOO_LARGE or CODEC_UNAVAILABLE.
   */
  finish(): Promise<void>;
  /** Kills ffmpeg at once; resolves when it is gone. */
  kill(): Promise<void>;
}

export function startFfmpeg({ limits, niceness, ...job }: FfmpegJob): FfmpegRun {
  const input = new PassThrough({ highWaterMark: INPUT_BUFFER_BYTES });
  const stderr = new StderrTail();
  const command = commandOf(job, input, limits).on("stderr", (line: string) => stderr.add(line));
  let stopped: Stop | undefined;
  let fail: (error: Error) => void = () => {};
  const stop = (why: Stop) => {
    stopped ??= why;
    command.kill("SIGKILL");
    input.destroy();
    // Before it starts the process, fluent-ffmpeg runs ffmpeg to query it. That run can hang too,
    // and it cannot be killed.
    if (why !== "killed" && pidOf(command) === undefined) fail(new Error("ffmpeg did not start"));
  };
  if (niceness !== undefined) command.on("start", () => stepBack(pidOf(command), niceness));
  // `stop` may have been called before the process existed.
  command.on("start", () => stopped && command.kill("SIGKILL"));
  const timer = setTimeout(() => stop("time_limit"), limits.wallSeconds * 1000);
  // It watches only during `write` and `finish`: without frames, ffmpeg has nothing to do.
  const watch = new StallWatch({
    stallMs: limits.stallMs,
    processorMs: () => processStat(pidOf(command))?.processorMs,
    stalled: () => stop("stalled"),
  });
  const reader = new IdleReader(limits.stallMs);
  const drainedOrEnded = new Condition();
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
    drainedOrEnded.notifyAll();
  });
  // `write` or `finish` throws the error later. Until then it must not count as unhandled.
  ended.catch(() => {});
  input.on("error", () => {});
  input.on("drain", () => drainedOrEnded.notifyAll());
  command.run();
  return {
    async write(bytes) {
      if (failure) throw failure;
      // If ffmpeg exited without an error, it does not need the remaining bytes.
      if (over || input.write(bytes)) return;
      watch.begin();
      await drainedOrEnded.wait();
      watch.end();
      if (failure) throw failure;
    },
    checkReading(waitedMs) {
      if (failure) throw failure;
      const { processorMs } = processStat(pidOf(command)) ?? {};
      if (!over && reader.hangs(waitedMs, processorMs)) stop("stalled");
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

/**
 * Runs ffmpeg without standard input from start to end. Kills it and throws the signal's reason
 * when the signal fires.
 */
export async function runFfmpeg(job: FfmpegJob, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const run = startFfmpeg(job);
  const stopListening = onAbort(signal, () => void run.kill());
  try {
    await run.finish();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    stopListening();
  }
}

/**
 * Names of the encoders that ffmpeg was compiled with. Throws ENCODER_CRASHED when ffmpeg cannot be
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

function commandOf(
  { inputs, outputs }: Pick<FfmpegJob, "inputs" | "outputs">,
  stdin: PassThrough,
  { memoryBytes = LEAST_MEMORY_BYTES }: RunLimits,
): fluent.FfmpegCommand {
  const command = fluent({ stdoutLines: 1 }).setFfmpegPath(GUARD);
  const pipeNames = outputs.flatMap(({ pipeName }) => (pipeName ? [`--pipe=${pipeName}`] : []));
  for (const [index, { arguments: options, source }] of inputs.entries()) {
    const guard = index === 0 ? [`--memory=${memoryBytes}`, ...pipeNames] : [];
    const protocols =
      typeof source === "object" && "socket" in source ? SOCKET_PROTOCOLS : PROTOCOLS;
    command
      .input(nameOf(source, stdin))
      .inputOptions(...atLeastTwo([...guard, ...QUIET, ...protocols, ...options]));
  }
  for (const { arguments: options, target } of outputs) {
    command.output(target).outputOptions(...atLeastTwo(options));
  }
  return command;
}

function nameOf(source: FfmpegInput["source"], stdin: PassThrough): PassThrough | string {
  if (source === "stdin") return stdin;
  return "file" in source ? source.file : `unix:${source.socket}`;
}

/** fluent-ffmpeg splits a single option at its space. It leaves two or more options as they are. */
function atLeastTwo(options: readonly string[]): [string, string, ...string[]] {
  const [first, second, ...rest] = options;
  if (first === undefined || second === undefined) throw new RangeError("fewer than two options");
  return [first, second, ...rest];
}

function stepBack(pid: number | undefined, niceness: number): void {
  try {
    if (pid !== undefined) setPriority(pid, niceness);
  } catch {
    // It has ended already.
  }
}

/**
 * The types of fluent-ffmpeg omit `ffmpegProc`. The guard script executes ffmpeg in its own place,
 * so its pid is ffmpeg's.
 */
function pidOf(command: fluent.FfmpegCommand): number | undefined {
  const { ffmpegProc } = command as fluent.FfmpegCommand & { ffmpegProc?: ChildProcess };
  return ffmpegProc?.pid;
}
