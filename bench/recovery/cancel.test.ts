import assert from "node:assert/strict";
import { test } from "node:test";
import { restMoment } from "./cancel.js";

/** Samples every 50 ms, busy with one core until `busyMs`, then using `restShare` of one. */
function samplesOf(busyMs: number, restShare: number) {
  return Array.from({ length: 41 }, (_, i) => {
    const atMs = 1000 + 50 * i;
    const busy = Math.min(50 * i, busyMs);
    return { atMs, seconds: 3 + (busy + restShare * (50 * i - busy)) / 1000 };
  });
}

test("a process rests from the last window in which it worked", () => {
  const rest = restMoment(samplesOf(600, 0.05), 100);
  assert.ok(rest >= 1600 && rest <= 1700, `${rest}`);
});

test("a process that never worked rested from the beginning; one that never stopped did not", () => {
  assert.equal(restMoment(samplesOf(0, 0.1), 100), 1000);
  assert.equal(restMoment(samplesOf(5000, 0), 100), 3000);
});
