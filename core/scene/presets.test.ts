/** Every preset closes, stays within the ranges, and reaches what its formula says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { numbersOf, stateStep } from "../../testing/state-step.js";
import { type CameraState, photoPointAt, projection, raysOf } from "./camera.js";
import type { FrameState } from "./frame-state.js";
import { cameraPath, isPreset, PRESET_NAMES, PRESETS, type PresetName } from "./presets.js";

const FRAMES = 90;
const INTENSITIES = [0, 0.5, 1, 2, 4];

for (const preset of PRESET_NAMES) {
  test(`${preset}: the seam is no larger than any other step`, () => {
    for (const intensity of INTENSITIES) {
      const path = cameraPath({ preset, intensity, phaseTurns: 0.1 }, FRAMES);
      const steps = path.slice(1).map((state, i) => stateStep(state, path[i]));
      const seam = stateStep(path[0], path.at(-1));
      assert.ok(seam <= Math.max(...steps) * 1.001 + 1e-12, `${preset} at ${intensity}`);
    }
  });

  test(`${preset}: derived values stay in range, and everything is before the camera`, () => {
    for (const intensity of INTENSITIES) {
      for (let i = 0; i <= FRAMES; i++) {
        const { camera, effects } = PRESETS[preset].state(i / FRAMES, intensity);
        assert.ok(camera.height >= 0 && camera.height <= 0.95);
        assert.ok(camera.zoom > 0 && camera.zoom <= 2);
        for (const value of [camera.isometric, camera.steady, camera.focus, camera.invert]) {
          assert.ok(value >= 0 && value <= 1);
        }
        assert.ok(camera.dolly >= 0 && camera.dolly <= 20);
        assert.ok(numbersOf({ camera, effects }).every(Number.isFinite));
        const { intensity: blur, start, end } = effects.depthOfField;
        assert.ok(blur >= 0 && blur <= 2 && start >= 0 && start < end && end <= 1);
        assert.ok(nearestW(camera) > 0);
      }
    }
  });

  test(`${preset}: a loop's state after a whole turn is that before it`, () => {
    const { oneWay, state } = PRESETS[preset];
    for (const intensity of INTENSITIES) {
      const apart = stateStep(state(0.3, intensity), state(1.3, intensity));
      if (!oneWay) assert.ok(apart < 1e-9, `${preset} at ${intensity}: ${apart}`);
    }
  });
}

/** Smallest w of the projection over the disparity range. */
function nearestW(camera: CameraState): number {
  const matrix = projection(camera, 16 / 9);
  const atZero = matrix[15] ?? Number.NaN;
  return Math.min(atZero, atZero + (matrix[11] ?? Number.NaN));
}

type Reached = (state: FrameState) => number;
const REACHED: readonly [PresetName, tau: number, what: string, Reached, expected: number][] = [
  ["horizontal", 0.25, "offset.x", (s) => s.camera.offset.x, 0.8],
  ["vertical", 0.25, "offset.y", (s) => s.camera.offset.y, 0.8],
  ["vertical", 0.75, "offset.y", (s) => s.camera.offset.y, -0.8],
  ["circle", 0, "offset.x", (s) => s.camera.offset.x, 0.5],
  ["circle", 0.25, "offset.y", (s) => s.camera.offset.y, 0.5],
  ["orbital", 0, "isometric", (s) => s.camera.isometric, 1],
  ["orbital", 0.5, "isometric", (s) => s.camera.isometric, 0.5],
  ["orbital", 0.25, "offset.x", (s) => s.camera.offset.x, 0.5],
  ["swing", 0.25, "offset.x", (s) => s.camera.offset.x, 0.6],
  ["swing", 0.75, "offset.y", (s) => s.camera.offset.y, 0.2],
  ["arc", 0, "dolly", (s) => s.camera.dolly, 0.25],
  ["arc", 0.25, "dolly", (s) => s.camera.dolly, 0],
  ["arc", 0.25, "offset.x", (s) => s.camera.offset.x, 0.25],
  ["pan", 0.75, "center.x", (s) => s.camera.center.x, -0.06],
  ["dolly", 0, "isometric", (s) => s.camera.isometric, 0.5],
  ["dolly", 0.5, "isometric", (s) => s.camera.isometric, 1],
  ["dolly-zoom", 0, "height", (s) => s.camera.height, 0.15],
  ["dolly-zoom", 0.5, "dolly", (s) => s.camera.dolly, 2],
  ["zoom", 0.5, "height", (s) => s.camera.height, 0.2],
  ["zoom-in", 0.5, "height", (s) => s.camera.height, 0.1],
  ["zoom-in", 1, "height", (s) => s.camera.height, 0.2],
  ["zoom-in-smooth", 0.25, "height", (s) => s.camera.height, 0.2 * 0.15625],
  ["zoom-out", 0, "height", (s) => s.camera.height, 0.2],
  ["zoom-out-smooth", 0.75, "height", (s) => s.camera.height, 0.2 * 0.15625],
  ["push-in", 0, "isometric", (s) => s.camera.isometric, 1],
  ["push-in", 1, "isometric", (s) => s.camera.isometric, 0.5],
  ["push-in", 1, "zoom", (s) => s.camera.zoom, 0.95],
  ["focus-pull", 0, "start", (s) => s.effects.depthOfField.start, 0.1],
  ["focus-pull", 0.5, "end", (s) => s.effects.depthOfField.end, 1],
  ["focus-pull", 0.5, "intensity", (s) => s.effects.depthOfField.intensity, 1],
];
for (const [preset, tau, what, reached, expected] of REACHED) {
  test(`${preset} at τ = ${tau}: ${what} is ${expected}`, () => {
    const actual = reached(PRESETS[preset].state(tau, 1));
    assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}`);
  });
}

for (const preset of PRESET_NAMES) {
  test(`${preset}: its normal strength keeps faces and heads as they are`, () => {
    for (const camera of cameraPath({ preset, intensity: 1, phaseTurns: 0 }, FRAMES)) {
      const { B, D, k } = raysOf(camera);
      const nearOverFar = B / (B + k * (D - B));
      assert.ok(nearOverFar <= 1.2, `near things are ${nearOverFar} times as large as far ones`);
      for (const d of [0.3, 0.6]) {
        const top = photoPointAt(camera, { x: 0, y: 1 }, d);
        assert.ok(top.y >= 0.89, `above ${top.y} things of disparity ${d} are cut off`);
      }
    }
  });
}

test("stronger movements are still there, at a higher intensity", () => {
  const nearOverFar = (preset: PresetName, tau: number, intensity: number) => {
    const { B, D, k } = raysOf(PRESETS[preset].state(tau, intensity).camera);
    return B / (B + k * (D - B));
  };
  assert.ok(nearOverFar("zoom", 0.5, 4) > 2.2);
  assert.ok(nearOverFar("dolly-zoom", 0, 2.7) > 1.65);
  assert.ok(nearOverFar("dolly", 0, 2) > 1.4);
  assert.ok(nearOverFar("arc", 0.25, 2) > 1.3);
  assert.ok(nearOverFar("push-in", 1, 2) > 1.24);
  assert.ok(PRESETS.pan.state(0.25, 3).camera.center.x > 0.15);
});

test("only a path that comes closer heeds the target, and the farther it is the closer it comes", () => {
  const zoomAt = (preset: PresetName, x: number) =>
    PRESETS[preset].state(1, 1, { target: { x, y: 0 } }).camera.zoom;
  for (const preset of PRESET_NAMES) {
    const heeds = zoomAt(preset, 0.5) !== zoomAt(preset, 0);
    assert.equal(heeds, preset === "push-in" || /^zoom-in/.test(preset), preset);
  }
  assert.equal(zoomAt("push-in", 0.5), 0.95 * 0.8);
  assert.equal(zoomAt("push-in", 3), zoomAt("push-in", 1));
  const halfway = PRESETS.zoom.state(0.5, 1, { target: { x: 0, y: -1 } });
  assert.equal(halfway.camera.zoom, 0.6);
});

test("the far plane fills the screen by itself where the lens changes, at any intensity", () => {
  for (const preset of ["arc", "dolly-zoom", "push-in"] as const) {
    for (const intensity of INTENSITIES) {
      for (const camera of cameraPath({ preset, intensity, phaseTurns: 0 }, FRAMES)) {
        const { B } = raysOf(camera);
        assert.ok(B <= 1 + 1e-12, `${preset} at ${intensity}: ${B}`);
      }
    }
  }
});

test("a phase of a quarter turn begins a quarter of the path later", () => {
  const path = cameraPath({ preset: "circle", intensity: 1, phaseTurns: 0 }, 80);
  const shifted = cameraPath({ preset: "circle", intensity: 1, phaseTurns: 0.25 }, 80);
  assert.ok(stateStep(shifted[0], path[20]) < 1e-12);
  assert.ok(stateStep(shifted[60], path[0]) < 1e-12);
});

test("only own names are presets", () => {
  assert.ok(isPreset("circle"));
  for (const name of ["", "Circle", "toString", "__proto__"]) assert.ok(!isPreset(name));
});
