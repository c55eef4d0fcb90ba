/** Why ffmpeg ended: the last of what it said for the log, and from that a cause for the caller. */

import { DepthmeshError, type Reason } from "../../core/errors.js";
import { stallError } from "../../kit/async/stall-watch.js";
import { environmentVariable } from "../../kit/config.js";
import type { RunLimits } from "./config.js";

const STDERR_TAIL_BYTES = 64 * 1024;

/** The last 64 KiB of lines. */
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
  readonly sign: RegExp;
  readonly cause: string;
  /** Variable with the limit in bytes that was reached. */
  readonly limit?: string;
  readonly reason: Reason;
  readonly message: string;
}

const CAUSES: readonly Cause[] = [
  {
    sign: /no space left on device/i,
    cause: "disk_full",
    reason: "STORAGE_FULL",
    message: "there is no room on the encoder's disk",
  },
  {
    sign: /File too large|SIGXFSZ/,
    cause: "file_size_limit",
    limit: "DEPTHMESH_ENCODER_FILE_BYTES",
    reason: "OUTPUT_TOO_LARGE",
    message: "the video is larger than the encoder may write",
  },
  {
    sign: /Cannot allocate memory|malloc of size|failed to map segment|SIGABRT|bad_alloc/,
    cause: "memory_limit",
    limit: "DEPTHMESH_ENCODER_MEMORY_BYTES",
    reason: "ENCODER_CRASHED",
    message: "the video encoder ran out of its memory",
  },
  {
    sign: /Unknown encoder|Encoder not found|is not a known encoder/,
    cause: "encoder_missing",
    reason: "CODEC_UNAVAILABLE",
    message: "ffmpeg has no such encoder",
  },
  {
    sign: /killed with signal/,
    cause: "killed",
    reason: "ENCODER_CRASHED",
    message: "the video encoder was killed",
  },
];

const UNKNOWN: Omit<Cause, "sign"> = {
  cause: "encoder_error",
  reason: "ENCODER_CRASHED",
  message: "the video encoder failed",
};

/** Why we ended it ourselves. */
export type Stop = "killed" | "time_limit" | "stalled";

/** The metadata names the cause; ffmpeg's own words go to the log alone. */
export function ffmpegError(
  error: Error,
  stderr: StderrTail,
  stopped: Stop | undefined,
  { stallMs, wallSeconds }: RunLimits,
): DepthmeshError {
  const log = new Error(stderr.text, { cause: error });
  if (stopped === "stalled") return stallError("the video encoder", stallMs, log);
  if (stopped === "time_limit") {
    return new DepthmeshError("ENCODER_CRASHED", "the video encoder took too long", {
      metadata: { cause: "time_limit", limit_seconds: String(wallSeconds) },
      cause: log,
    });
  }
  const said = `${stderr.text}\n${error.message}`;
  const { cause, limit, reason, message } = CAUSES.find(({ sign }) => sign.test(said)) ?? UNKNOWN;
  const limitBytes = limit && environmentVariable(limit);
  const metadata = { cause, ...(limitBytes && { limit_bytes: limitBytes }) };
  return new DepthmeshError(reason, message, { metadata, cause: log });
}
