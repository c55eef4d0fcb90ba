/** A stall: somebody waits for a part, which shows no progress and uses no processor time. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { processStat } from "../process/process-stat.js";
import { StallWatch, stallError } from "./stall-watch.js";

const STALL_MS = 8_000;
const CHECK_MS = STALL_MS / 8;

function watched(t: TestContext, processorMs?: () => number) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const stalled = t.mock.fn();
  const watch = new StallWatch({ stallMs: STALL_MS, stalled, ...(processorMs && { processorMs }) });
  const pass = (checks: number) => {
    for (let i = 0; i < checks; i++) t.mock.timers.tick(CHECK_MS);
  };
  return { watch, pass, stalls: () => stalled.mock.callCount() };
}

test("no progress for the whole limit is a stall, reported once", (t) => {
  const { watch, pass, stalls } = watched(t);
  watch.begin();
  pass(7);
  assert.equal(stalls(), 0);
  pass(1);
  assert.equal(stalls(), 1);
  pass(80);
  assert.equal(stalls(), 1);
});

test("progress restarts the time, and there is no stall while nobody waits", (t) => {
  const { watch, pass, stalls } = watched(t);
  pass(16);
  watch.begin();
  for (let i = 0; i < 10; i++) {
    pass(7);
    watch.progress();
  }
  watch.end();
  pass(16);
  assert.equal(stalls(), 0);
});

test("a stop of this process counts as one check", (t) => {
  const { watch, pass, stalls } = watched(t);
  watch.begin();
  pass(2);
  t.mock.timers.tick(100 * STALL_MS);
  assert.equal(stalls(), 0);
});

test("using a processor is progress; using less than a hundredth of one is not", (t) => {
  let usedMs = 0;
  const { watch, pass, stalls } = watched(t, () => usedMs);
  watch.begin();
  for (let i = 0; i < 40; i++) {
    usedMs += 20;
    pass(1);
  }
  assert.equal(stalls(), 0);
  for (let i = 0; i < 8; i++) {
    usedMs += 9;
    pass(1);
  }
  assert.equal(stalls(), 1);
});

test("the error names the limit, and the stage can be retried", () => {
  const error = stallError("ffprobe", 500);
  assert.equal(error.message, "ffprobe made no progress for 500 ms");
  assert.ok(error.retryable);
});

test("processStat distinguishes a busy, a stopped and an ended process", async () => {
  const child = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  const stat = () => processStat(child.pid);
  while ((stat()?.processorMs ?? 0) < 50) await new Promise(setImmediate);
  assert.equal(stat()?.isStopped, false);
  child.kill("SIGSTOP");
  while (!stat()?.isStopped) await new Promise(setImmediate);
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  assert.equal(stat(), undefined);
  assert.equal(processStat(undefined), undefined);
});
