/** Components, keyframes and per-frame values against values calculated by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Component,
  composed,
  type Easing,
  keyframeValue,
  movedValue,
  type Wave,
  type WaveKind,
} from "./motion.js";

const near = (actual: number, expected: number, what = "") =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${what}: ${actual}, not ${expected}`);

const wave = (kind: WaveKind, changes: Partial<Wave> = {}): Wave => ({
  kind,
  amplitude: 1,
  bias: 0,
  cycles: 1,
  phaseTurns: 0,
  reverse: false,
  ...changes,
});

test("each wave at its eighths", () => {
  const half = Math.SQRT1_2;
  const expected: Record<WaveKind, number[]> = {
    linear: [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1],
    sine: [0, half, 1, half, 0, -half, -1, -half, 0],
    cosine: [1, half, 0, -half, -1, -half, 0, half, 1],
    triangle: [0, 0.5, 1, 0.5, 0, -0.5, -1, -0.5, 0],
  };
  for (const [kind, values] of Object.entries(expected)) {
    values.forEach((value, i) => {
      near(composed([wave(kind as WaveKind)], 0, i / 8), value, `${kind} at ${i}/8`);
    });
  }
});

test("a wave takes amplitude, bias, cycles, phase and direction", () => {
  near(composed([wave("sine", { amplitude: 0.2, bias: 0.5 })], 1, 0.25), 1.7);
  near(composed([wave("sine", { cycles: 2 })], 0, 0.125), 1);
  near(composed([wave("sine", { phaseTurns: 0.25 })], 0, 0), 1);
  near(composed([wave("linear", { amplitude: 3, cycles: 2, phaseTurns: 0.5 })], 0, 0.25), 3);
  near(composed([wave("linear", { reverse: true })], 0, 0.25), 0.75);
  near(composed([wave("triangle", { reverse: true })], 0, 0.75), 1);
});

test("components pass over the value in order", () => {
  const components: Component[] = [
    { kind: "add", bias: 100 },
    { kind: "set", bias: 2 },
    { kind: "add", bias: 1 },
    wave("cosine"),
  ];
  near(composed(components, 7, 0.5), 2);
  near(composed([], 7, 0.5), 7);
});

const keys = (easing: Easing, ...points: [tau: number, value: number][]) =>
  points.map(([tau, value]) => ({ tau, value, easing }));

test("linear and hold between their points, still beyond them", () => {
  const points: [number, number][] = [
    [0.2, 1],
    [0.6, 3],
    [1, 0],
  ];
  const linear = keys("linear", ...points);
  for (const [tau, value] of [
    [0, 1],
    [0.2, 1],
    [0.3, 1.5],
    [0.6, 3],
    [0.8, 1.5],
    [1, 0],
  ] as const) {
    near(keyframeValue(linear, tau), value, `linear at ${tau}`);
  }
  const hold = keys("hold", ...points);
  near(keyframeValue(hold, 0.59), 1);
  near(keyframeValue(hold, 0.6), 3);
  near(keyframeValue(hold, 1), 0);
  near(keyframeValue(keys("smooth", [0.5, 4]), 0), 4);
  near(keyframeValue(keys("smooth", [0.5, 4]), 1), 4);
});

test("smooth is Catmull-Rom: through the points, and ½ of the way where its formula says", () => {
  // Even steps: the textbook value half way is (−p0 + 9·p1 + 9·p2 − p3) / 16.
  const smooth = keys("smooth", [0, 2], [0.25, 1], [0.5, 3], [0.75, 0], [1, 5]);
  for (const { tau, value } of smooth) near(keyframeValue(smooth, tau), value);
  near(keyframeValue(smooth, 0.375), (-2 + 9 * 1 + 9 * 3 - 0) / 16);
  near(keyframeValue(smooth, 0.625), (-1 + 9 * 3 + 9 * 0 - 5) / 16);
  // A line stays a line, however uneven its points.
  const line = keys("smooth", [0, 0], [0.1, 1], [0.7, 7], [1, 10]);
  for (const tau of [0.03, 0.25, 0.5, 0.9]) near(keyframeValue(line, tau), 10 * tau);
});

test("smooth has no kink where a loop closes", () => {
  const closed = keys("smooth", [0, 1], [0.3, 2], [0.8, -1], [1, 1]);
  const step = 1e-6;
  const begin = (keyframeValue(closed, step) - keyframeValue(closed, 0)) / step;
  const end = (keyframeValue(closed, 1) - keyframeValue(closed, 1 - step)) / step;
  assert.ok(Math.abs(begin - end) < 1e-3, `${begin} and ${end}`);
  near(Math.round(begin * 100) / 100, 6, "slope of the chord from −1 at −0.2 to 2 at 0.3");
});

test("an array gives each frame its value, and blends between two", () => {
  const motion = { parameter: "camera.height", kind: "values", values: [1, 2, 4] } as const;
  const at = (frame: number) => movedValue(motion, 9, { tau: 0, frame });
  assert.deepEqual([0, 1, 2].map(at), [1, 2, 4]);
  near(at(1.5), 3);
  near(at(2.7), 4);
});
