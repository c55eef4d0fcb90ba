/**
 * Why ffmpeg failed: keeps the end of its standard error for the log, and derives a reason and a
 * cause for the caller.
 */
import type { Reason } from "../../core/error-reasons.js";
import { DepthmeshError } from "../../core/errors.js";
import { stallError } from "../../kit/async/stall-watch.js";
import { environmentVariable } from "../../kit/config.js";
import type { RunLimits } from "./config.js";

const STDERR_TAIL_BYTES = 64 * 1024;

/** The last lines of standard error, 64 KiB at most. */
export class StderrTail {
  readonly #lines: string[] = [];
  #bytes = 0;

  add(line: string): void {
    const kept = line.slice(-STDERR_TAIL_BYTES);
    this.#lines.push(kept);
    this.#bytes += Buffer.byteLength(kept) + 1;
    while (this.#bytes > STDERR_TAIL_BYTES && this.#lines.length > 1) {
      this.#bytes -= Buffer.byteLength(this.#lines.shift() ?? "") + 1;
    }
  }

  get text(): string {
    return this.#lines.join("\n");
  }
}

interface Cause {
  /** Found in standard error or in the message of the exit. */
  readonly pattern: RegExp;
  readonly cause: string;
  /** The environment variable that sets the limit, in bytes. */
  readonly limitVariable?: string;
  readonly reason: Reason;
  readonly message: string;
}

const CAUSES: readonly Cause[] = [
  {
    pattern: /no space left on device|disk quota exceeded/i,
    cause: "disk_full",
    reason: "STORAGE_FULL",
    message: "the disk of the encode service is full",
  },
  {
    // ffmpeg also says "Input/output error" about broken input, so the words of a write are needed.
    pattern:
      /read-only file system|too many open files|(writing|write_|muxing)[^\n]*input\/output error/i,
    cause: "disk_fault",
    reason: "STORAGE_UNAVAILABLE",
    message: "the disk of the encode service is read-only or fails, or it may open no more files",
  },
  {
    pattern: /File too large|SIGXFSZ/,
    cause: "file_size_limit",
    limitVariable: "DEPTHMESH_ENCODER_FILE_BYTES",
    reason: "OUTPUT_TOO_LARGE",
    message: "the video is larger than the largest file that the encoder may write",
  },
  {
    pattern: /Cannot allocate memory|malloc of size|failed to map segment|SIGABRT|bad_alloc/,
    cause: "memory_limit",
    limitVariable: "DEPTHMESH_ENCODER_MEMORY_BYTES",
    reason: "ENCODER_CRASHED",
    message: "the video encoder reached its memory limit",
  },
  {
    pattern: /Unknown encoder|Encoder not found|is not a known encoder/,
    cause: "encoder_missing",
    reason: "CODEC_UNAVAILABLE",
    message: "ffmpeg was built without this encoder",
  },
  {
    pattern: /killed with signal/,
    cause: "killed",
    reason: "ENCODER_CRASHED",
    message: "the video encoder was killed",
  },
];

const UNKNOWN: Omit<Cause, "pattern"> = {
  cause: "encoder_error",
  reason: "ENCODER_CRASHED",
  message: "the video encoder failed",
};

/** Why this service killed ffmpeg. */
export type Stop = "killed" | "time_limit" | "stalled";

/**
 * `stopped` wins over the exit of the killed process. The metadata names the cause; the text of
 * standard error, which may contain file names, goes only into the error's own `cause`, for the
 * log.
 */
export function ffmpegError(
  error: Error,
  stderr: StderrTail,
  stopped: Stop | undefined,
  { stallMs, wallSeconds, memoryBytes }: RunLimits,
): DepthmeshError {
  const log = new Error(stderr.text, { cause: error });
  if (stopped === "stalled") return stallError("the video encoder", stallMs, log);
  if (stopped === "time_limit") {
    return new DepthmeshError(
      "ENCODER_CRASHED",
      `the video encoder took longer than ${wallSeconds} s`,
      {
        metadata: { cause: "time_limit", limit_seconds: String(wallSeconds) },
        cause: log,
      },
    );
  }
  const output = `${stderr.text}\n${error.message}`;
  const { cause, limitVariable, reason, message } =
    CAUSES.find(({ pattern }) => pattern.test(output)) ?? UNKNOWN;
  const set = limitVariable && environmentVariable(limitVariable);
  // 0 leaves the limit to this service.
  const limitBytes = set === "0" ? memoryBytes && String(memoryBytes) : set;
  const metadata = { cause, ...(limitBytes && { limit_bytes: limitBytes }) };
  return new DepthmeshError(reason, message, { metadata, cause: log });
}
