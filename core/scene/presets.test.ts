/** Every preset is a closed loop within the camera's ranges. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraState } from "./camera.js";
import { cameraPath, isPreset, PRESET_NAMES } from "./presets.js";

const FRAMES = 90;
const INTENSITIES = [0, 0.5, 1, 2, 4];

function numbers(camera: CameraState): number[] {
  const { offset, center, origin } = camera;
  const { height, steady, focus, zoom, isometric, dolly } = camera;
  const scalars = [height, steady, focus, zoom, isometric, dolly];
  return [...scalars, offset.x, offset.y, center.x, center.y, origin.x, origin.y];
}

/** The largest change of any parameter. */
function step(a: CameraState | undefined, b: CameraState | undefined): number {
  assert.ok(a && b);
  const other = numbers(b);
  return Math.max(...numbers(a).map((value, i) => Math.abs(value - (other[i] ?? Number.NaN))));
}

for (const preset of PRESET_NAMES) {
  test(`${preset}: the seam is no larger than a step elsewhere`, () => {
    for (const intensity of INTENSITIES) {
      const path = cameraPath({ preset, intensity, phaseTurns: 0.1 }, FRAMES);
      const steps = path.slice(1).map((state, i) => step(state, path[i]));
      const seam = step(path[0], path.at(-1));
      assert.ok(seam <= Math.max(...steps) * 1.001 + 1e-12, `${preset} at ${intensity}`);
    }
  });

  test(`${preset}: derived values stay in range`, () => {
    for (const intensity of INTENSITIES) {
      for (const state of cameraPath({ preset, intensity, phaseTurns: 0 }, FRAMES)) {
        assert.ok(state.height >= 0 && state.height <= 0.95);
        assert.ok(state.isometric >= 0 && state.isometric <= 1);
        assert.ok(state.zoom > 0 && state.zoom <= 2);
        assert.ok(numbers(state).every(Number.isFinite));
      }
    }
  });
}

test("a phase of a quarter turn begins a quarter of the path later", () => {
  const path = cameraPath({ preset: "circle", intensity: 1, phaseTurns: 0 }, 80);
  const shifted = cameraPath({ preset: "circle", intensity: 1, phaseTurns: 0.25 }, 80);
  assert.ok(step(shifted[0], path[20]) < 1e-12);
  assert.ok(step(shifted[60], path[0]) < 1e-12);
});

test("only own names are presets", () => {
  assert.ok(isPreset("circle"));
  for (const name of ["", "Circle", "toString", "__proto__"]) assert.ok(!isPreset(name));
});
