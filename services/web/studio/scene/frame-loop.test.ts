import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameLoop } from "./frame-loop.js";

/** A screen whose frames the test shows. */
function stage(differs: () => boolean) {
  const scheduled: ((nowMs: number) => void)[] = [];
  const elapsed: number[] = [];
  const loop = new FrameLoop(
    (elapsedMs) => {
      elapsed.push(elapsedMs);
      return differs();
    },
    (run) => scheduled.push(run),
  );
  const frame = (nowMs: number) => scheduled.shift()?.(nowMs);
  return { loop, scheduled, elapsed, frame };
}

test("nothing is drawn while nothing changes", () => {
  const { loop, scheduled, elapsed, frame } = stage(() => false);
  assert.equal(scheduled.length, 0);
  loop.ask();
  loop.ask();
  assert.equal(scheduled.length, 1);
  frame(100);
  assert.equal(scheduled.length, 0);
  assert.deepEqual(elapsed, [0]);
});

test("it goes on while the next frame differs, and a pause is no time that has passed", () => {
  let left = 2;
  const { loop, scheduled, elapsed, frame } = stage(() => left-- > 0);
  loop.ask();
  for (const nowMs of [100, 116, 140]) frame(nowMs);
  assert.equal(scheduled.length, 0);
  loop.ask();
  frame(9_000);
  assert.deepEqual(elapsed, [0, 16, 24, 0]);
});
