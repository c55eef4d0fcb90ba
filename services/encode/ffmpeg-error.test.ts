/** Tests that ffmpeg's own text stays in the log and that the caller gets a reason and a cause. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ffmpegError, StderrTail } from "./ffmpeg-error.js";

const LIMITS = { stallMs: 1000, wallSeconds: 7 };
const failed = new Error("ffmpeg exited with code 1: /tmp/secret-name");

function errorOf(...lines: string[]) {
  const stderr = new StderrTail();
  for (const line of lines) stderr.add(line);
  return ffmpegError(failed, stderr, undefined, LIMITS);
}

test("the last 64 KiB of standard error are kept, as whole lines", () => {
  const stderr = new StderrTail();
  for (let i = 0; i < 5000; i++) stderr.add(`line ${i} ${"x".repeat(50)}`);
  assert.ok(Buffer.byteLength(stderr.text) <= 64 * 1024);
  assert.ok(stderr.text.startsWith("line "));
  assert.ok(stderr.text.includes("line 4999"));
  const long = new StderrTail();
  long.add("y".repeat(200_000));
  assert.equal(long.text.length, 64 * 1024);
});

test("each message of ffmpeg has its cause, and its text is not public", () => {
  for (const [line, reason, cause] of [
    ["av_interleaved_write_frame(): No space left on device", "STORAGE_FULL", "disk_full"],
    ["Error writing trailer: File too large", "OUTPUT_TOO_LARGE", "file_size_limit"],
    ["x265 [error]: malloc of size 12 failed", "ENCODER_CRASHED", "memory_limit"],
    ["Unknown encoder 'libnothing'", "CODEC_UNAVAILABLE", "encoder_missing"],
    ["Something else", "ENCODER_CRASHED", "encoder_error"],
  ] as const) {
    const error = errorOf(line);
    assert.deepEqual([error.reason, error.metadata.cause], [reason, cause]);
    assert.doesNotMatch(`${error.message} ${JSON.stringify(error.metadata)}`, /secret|nothing'/);
    assert.equal((error.cause as Error).message, line);
  }
});

test("a time limit or a stall is reported instead of the kill that it led to", () => {
  const killed = new Error("killed with signal SIGKILL");
  const late = ffmpegError(killed, new StderrTail(), "time_limit", LIMITS);
  assert.deepEqual({ ...late.metadata }, { cause: "time_limit", limit_seconds: "7" });
  const stalled = ffmpegError(killed, new StderrTail(), "stalled", LIMITS);
  assert.deepEqual([stalled.reason, stalled.metadata.limit_ms], ["STAGE_STALLED", "1000"]);
});
