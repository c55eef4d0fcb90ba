/** Size and frame rate of an output with limits of its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { frameStep, reducedFrameRate, reducedSize } from "./reduced-format.js";

test("a smaller output keeps the aspect, with even sides, and is never larger than its clip", () => {
  const frame = { width: 1280, height: 854 };
  assert.deepEqual(reducedSize(frame, { maxLongestSide: 640 }), { width: 640, height: 428 });
  assert.deepEqual(reducedSize(frame, { maxLongestSide: 2000 }), frame);
  assert.deepEqual(reducedSize(frame, {}), frame);
  assert.deepEqual(reducedSize({ width: 64, height: 4096 }, { maxLongestSide: 64 }), {
    width: 16,
    height: 64,
  });
});

test("every n-th frame, with the smallest n that keeps to the rate", () => {
  for (const [numerator, denominator, maxFrameRate, step] of [
    [30, 1, 15, 2],
    [24, 1, 15, 2],
    [15, 1, 15, 1],
    [30_000, 1001, 15, 2],
    [30_000, 1001, 29.97, 1],
    [60, 1, 15, 4],
    [50, 1, 15, 4],
  ] as const) {
    const rate = { numerator, denominator };
    assert.equal(frameStep(rate, { maxFrameRate }), step);
    assert.deepEqual(reducedFrameRate(rate, { maxFrameRate }), {
      numerator,
      denominator: denominator * step,
    });
  }
  assert.equal(frameStep({ numerator: 120, denominator: 1 }, {}), 1);
});
