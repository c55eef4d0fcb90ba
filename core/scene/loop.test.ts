/** Loop modes against values calculated by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loopTau, movingFrames, NO_HOLD } from "./loop.js";

const taus = (loop: Parameters<typeof loopTau>[0], frames: number) =>
  Array.from({ length: frames }, (_, frame) => loopTau(loop, frames, frame));

test("loop ends one step before its beginning", () => {
  assert.deepEqual(taus({ mode: "loop", ...NO_HOLD }, 4), [0, 0.25, 0.5, 0.75]);
});

test("ping-pong goes there and back, and closes", () => {
  assert.deepEqual(taus({ mode: "ping-pong", ...NO_HOLD }, 4), [0, 0.5, 1, 0.5]);
  const odd = taus({ mode: "ping-pong", ...NO_HOLD }, 5);
  odd.forEach((tau, i) => {
    assert.ok(Math.abs(tau - ([0, 0.4, 0.8, 0.8, 0.4][i] ?? 9)) < 1e-12);
  });
});

test("once goes from 0 to 1 and holds both", () => {
  assert.deepEqual(taus({ mode: "once", ...NO_HOLD }, 5), [0, 0.25, 0.5, 0.75, 1]);
  const held = { mode: "once", holdStartFrames: 2, holdEndFrames: 1 } as const;
  assert.equal(movingFrames(held, 6), 3);
  assert.deepEqual(taus(held, 6), [0, 0, 0, 0.5, 1, 1]);
  assert.deepEqual(taus({ mode: "once", ...NO_HOLD }, 1), [0]);
});
