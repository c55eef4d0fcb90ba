/** A stall is time in which a part was waited for, showed nothing and used no processor. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { processStat } from "../process/process-stat.js";
import { StallWatch, stallError } from "./stall-watch.js";

const STALL_MS = 8_000;
const LOOK_MS = STALL_MS / 8;

function watched(t: TestContext, processorMs?: () => number) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const stalled = t.mock.fn();
  const watch = new StallWatch({ stallMs: STALL_MS, stalled, ...(processorMs && { processorMs }) });
  const pass = (looks: number) => {
    for (let i = 0; i < looks; i++) t.mock.timers.tick(LOOK_MS);
  };
  return { watch, pass, stalls: () => stalled.mock.callCount() };
}

test("nothing for the whole limit is a stall, told once", (t) => {
  const { watch, pass, stalls } = watched(t);
  watch.begin();
  pass(7);
  assert.equal(stalls(), 0);
  pass(1);
  assert.equal(stalls(), 1);
  pass(80);
  assert.equal(stalls(), 1);
});

test("progress begins the time anew, and nobody's wait is no stall", (t) => {
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

test("a stop of this process passes in one look", (t) => {
  const { watch, pass, stalls } = watched(t);
  watch.begin();
  pass(2);
  t.mock.timers.tick(100 * STALL_MS);
  assert.equal(stalls(), 0);
});

test("a busy processor is progress; a hundredth of one is not", (t) => {
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

test("the error says how long, and can be retried", () => {
  const error = stallError("ffprobe", 500);
  assert.equal(error.message, "ffprobe made no progress for 500 ms");
  assert.ok(error.retryable);
});

test("the kernel tells a busy, a stopped and an ended process apart", async () => {
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
