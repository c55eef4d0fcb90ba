import assert from "node:assert/strict";
import { test } from "node:test";
import { CAMERAS_PER_SECOND, CameraPace } from "./camera-pace.js";

const SECONDS = 0.8;

test("a flood of cameras is taken at the highest rate, whatever comes", async () => {
  const pace = new CameraPace();
  const beganAtMs = performance.now();
  let taken = 0;
  while (performance.now() - beganAtMs < SECONDS * 1_000) {
    await pace.passed();
    taken += 1;
  }
  const seconds = (performance.now() - beganAtMs) / 1_000;
  // A quarter of a second's cameras may be ahead, and as many come after the last wait.
  const most = CAMERAS_PER_SECOND * (seconds + 0.3);
  assert.ok(taken <= most, `${taken} in ${seconds} s`);
  assert.ok(taken >= CAMERAS_PER_SECOND * SECONDS * 0.5, `${taken} in ${seconds} s`);
});

test("several cameras at once do not wait", async ({ mock }) => {
  // A wait would never end.
  mock.timers.enable({ apis: ["setTimeout"] });
  const pace = new CameraPace();
  for (let i = 0; i < 30; i++) await pace.passed();
});
