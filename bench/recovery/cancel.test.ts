/** Finds from samples of processor time since when a process has been idle. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { idleSince } from "./cancel.js";

/** Samples every 50 ms, busy with one core until `busyMs`, then using `idleShare` of one. */
function samplesOf(busyMs: number, idleShare: number) {
  return Array.from({ length: 41 }, (_, i) => {
    const atMs = 1000 + 50 * i;
    const busy = Math.min(50 * i, busyMs);
    return { atMs, seconds: 3 + (busy + idleShare * (50 * i - busy)) / 1000 };
  });
}

test("a process is idle from the end of the last window in which it worked", () => {
  const idleAtMs = idleSince(samplesOf(600, 0.05), 100);
  assert.ok(idleAtMs >= 1600 && idleAtMs <= 1700, `${idleAtMs}`);
});

test("a process that never worked is idle from the start, one that never stopped only from the end", () => {
  assert.equal(idleSince(samplesOf(0, 0.1), 100), 1000);
  assert.equal(idleSince(samplesOf(5000, 0), 100), 3000);
});
