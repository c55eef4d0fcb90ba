/** An ffmpeg that neither reads nor works hangs; one that works slowly does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { IdleReader } from "./idle-reader.js";

const STALL_MS = 1_000;
const STEP_MS = 250;

/** Whether it hangs after each step of one wait; `used` is the processor time of each step. */
function wait(reader: IdleReader, steps: number, usedMs: (step: number) => number): boolean[] {
  return Array.from({ length: steps }, (_, i) => reader.hangs((i + 1) * STEP_MS, usedMs(i)));
}

test("no processor time and no read for the time of a stall is a hang", () => {
  assert.deepEqual(
    wait(new IdleReader(STALL_MS), 5, () => 500),
    [false, false, false, true, true],
  );
});

test("a process that works does not hang, however long nobody reads", () => {
  const reader = new IdleReader(STALL_MS);
  assert.ok(wait(reader, 40, (step) => 10 * step).every((hangs) => !hangs));
  // It stops working in the middle of the wait.
  assert.deepEqual(
    [41, 42, 43, 44].map((step) => reader.hangs(step * STEP_MS, 390)),
    [false, false, false, true],
  );
});

test("each read begins the time anew", () => {
  const reader = new IdleReader(STALL_MS);
  for (let read = 0; read < 5; read++) {
    assert.ok(wait(reader, 3, () => 500).every((hangs) => !hangs));
  }
});

test("a process that does not exist yet hangs after the same time", () => {
  const reader = new IdleReader(STALL_MS);
  assert.equal(reader.hangs(STEP_MS), false);
  assert.equal(reader.hangs(STALL_MS), true);
});
