/** Paths on made maps: figures grow with the strength, and limits hold for every preset. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { madeMap } from "../../../testing/made-map.js";
import { type CameraState, DEFAULT_CAMERA } from "../camera.js";
import { cameraPath, PRESET_NAMES } from "../presets.js";
import { limitedPath, withStrength } from "./limited-path.js";
import { cutStepOf, pathFigures } from "./path-figures.js";
import { sampledMap } from "./sampled-map.js";
import { type Figures, viewFigures } from "./view-figures.js";
import { worstMoments } from "./worst-moments.js";

const SIZE = { width: 64, height: 36 };
const VIEW = { aspect: 16 / 9, halfSides: { x: 16 / 9, y: 1 } };
const LIMITS: Figures = { hiddenAreaPercent: 1.5, stretchP99: 1.3 };

const mapOf = (seed: number) => sampledMap(madeMap(SIZE, seed), SIZE);
const pathOf = (preset: (typeof PRESET_NAMES)[number], intensity: number) =>
  cameraPath({ preset, intensity, phaseTurns: 0 }, 32);

/** The worst cameras of a path, with a part of its strength. */
function worstOf(path: readonly CameraState[], strength: number): CameraState[] {
  const cameras = worstMoments(path, VIEW).flatMap((index) => path[index] ?? []);
  return cameras.map((camera) => withStrength(camera, strength));
}

/** The larger figure in parts of its limit. */
function partOf({ hiddenAreaPercent, stretchP99 }: Figures): number {
  const stretch = (stretchP99 - 1) / (LIMITS.stretchP99 - 1);
  return Math.max(hiddenAreaPercent / LIMITS.hiddenAreaPercent, stretch);
}

for (const preset of PRESET_NAMES) {
  test(`${preset}: its figures are within the limits at any intensity, on any map`, () => {
    for (const [seed, intensity] of [0.5, 1, 4].entries()) {
      const map = mapOf(seed + 1);
      const path = pathOf(preset, intensity);
      const { strength, figures, full } = limitedPath(map, path, VIEW, LIMITS);
      const cut = cutStepOf(path, VIEW, SIZE);
      const at = (part: number) => pathFigures(map, worstOf(path, part), VIEW, cut);
      assert.ok(figures.hiddenAreaPercent <= LIMITS.hiddenAreaPercent);
      assert.ok(figures.stretchP99 <= LIMITS.stretchP99);
      assert.deepEqual(at(strength), figures);
      assert.deepEqual(at(1), full);
      if (strength === 1) continue;
      // It is as strong as the limits allow.
      const reached = partOf(figures);
      const beyond = partOf(at(strength + 0.002));
      assert.ok(reached >= 0.98 || beyond > 0.98, `intensity ${intensity}: ${strength}`);
    }
  });
}

test("the figures grow with the strength", () => {
  for (const preset of PRESET_NAMES) {
    const map = mapOf(7);
    let before = { hiddenAreaPercent: 0, stretchP99: 1 };
    for (let strength = 0; strength <= 1.001; strength += 0.2) {
      const full = pathOf(preset, 2);
      const cut = cutStepOf(full, VIEW, SIZE);
      const figures = pathFigures(map, worstOf(full, strength), VIEW, cut);
      assert.ok(figures.hiddenAreaPercent >= before.hiddenAreaPercent - 0.02, preset);
      assert.ok(figures.stretchP99 >= before.stretchP99 - 0.01, `${preset} at ${strength}`);
      before = figures;
    }
  }
});

test("the worst moments hide nearly as much as all moments together", () => {
  for (const preset of PRESET_NAMES) {
    const map = mapOf(3);
    const path = pathOf(preset, 1.5);
    assert.ok(worstMoments(path, VIEW).length <= 10);
    const cut = cutStepOf(path, VIEW, SIZE);
    const hidden = (camera: CameraState) => viewFigures(map, camera, VIEW, cut).hiddenAreaPercent;
    const all = Math.max(...path.map(hidden));
    const worst = Math.max(0, ...worstOf(path, 1).map(hidden));
    assert.ok(worst >= 0.95 * all, `${preset}: ${worst} of ${all}`);
  }
});

test("a step that opens by less than a pixel and a texel is a slope, not a silhouette", () => {
  const size = { width: 1280, height: 8 };
  const stepped = (step: number) =>
    sampledMap(
      Uint16Array.from({ length: size.width * size.height }, (_, at) =>
        at % size.width < 640 ? 65535 * step : 0,
      ),
      size,
    );
  const path = [{ ...DEFAULT_CAMERA, isometric: 1, steady: 0, offset: { x: 1, y: 0 } }];
  const cut = cutStepOf(path, VIEW, size);
  // At height 0.2, a disparity of 0.0139 opens by a texel, or 1.5 pixels.
  const hidden = (step: number) => pathFigures(stepped(step), path, VIEW, cut).hiddenAreaPercent;
  assert.ok(Math.abs(hidden(0.016) - (100 * 0.2 * 0.016) / (32 / 9)) < 0.005);
  assert.equal(hidden(0.012), 0);
});

test("nothing hides or stretches on a flat map, and nothing is weakened", () => {
  const flat = sampledMap(new Uint16Array(SIZE.width * SIZE.height).fill(30_000), SIZE);
  for (const preset of PRESET_NAMES) {
    const { strength, full } = limitedPath(flat, pathOf(preset, 4), VIEW, LIMITS);
    assert.equal(strength, 1);
    assert.deepEqual(full, { hiddenAreaPercent: 0, stretchP99: 1 });
  }
});
