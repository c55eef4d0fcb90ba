/** The eyes' cameras: the sign and the size of the parallax, at every preset and random cameras. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../testing/random.js";
import {
  type CameraState,
  DEFAULT_CAMERA,
  projection,
  raysOf,
  seenDisparity,
  type Vec2,
} from "../camera.js";
import { cameraPath, PRESET_NAMES } from "../presets.js";
import { type EyeOptions, eyeCameras } from "./eyes.js";

const random = seededRandom(5);
const between = (low: number, high: number) => low + (high - low) * random();

const options = (more: Partial<EyeOptions> = {}): EyeOptions => ({
  layout: "side-by-side",
  separationPercent: 3,
  convergence: 0.5,
  swapEyes: false,
  ...more,
});

/** Where a photo point of disparity d is on the screen, in widths of the picture. */
function onScreen(camera: CameraState, u: Vec2, d: number, aspect: number): Vec2 {
  const m = Float64Array.from(projection(camera, aspect));
  const row = (i: number) =>
    (m[i] ?? 0) * u.x + (m[4 + i] ?? 0) * u.y + (m[8 + i] ?? 0) * d + (m[12 + i] ?? 0);
  return { x: row(0) / row(3) / 2, y: row(1) / row(3) / 2 };
}

/** How far the first view shows the point to the right of the second. */
function parallax(
  camera: CameraState,
  eyes: EyeOptions,
  u: Vec2,
  d: number,
  aspect: number,
): number {
  const [first = camera, second = camera] = eyeCameras(camera, eyes, aspect);
  const [a, b] = [onScreen(first, u, d, aspect), onScreen(second, u, d, aspect)];
  assert.ok(Math.abs(a.y - b.y) < 1e-6, "no vertical parallax");
  return a.x - b.x;
}

test("the left eye sees near things further to the right, far ones further to the left", () => {
  const u = { x: 0.3, y: -0.2 };
  for (const preset of PRESET_NAMES) {
    for (const camera of cameraPath({ preset, intensity: 1, phaseTurns: 0 }, 8)) {
      const at = (d: number) => parallax(camera, options({ convergence: 0.4 }), u, d, 1.5);
      assert.ok(at(1) > 0.01, `${preset}: near`);
      assert.ok(at(0) < -0.005, `${preset}: far`);
      assert.ok(Math.abs(at(0.4)) < 1e-6, `${preset}: the screen`);
      const swapped = options({ convergence: 0.4, swapEyes: true });
      assert.ok(Math.abs(parallax(camera, swapped, u, 1, 1.5) + at(1)) < 1e-9);
    }
  }
});

test("the parallax is the separation times the disparity from the convergence, in perspective", () => {
  for (let i = 0; i < 5_000; i++) {
    const camera: CameraState = {
      ...DEFAULT_CAMERA,
      height: between(0.01, 0.9),
      steady: random(),
      focus: random(),
      zoom: between(0.2, 2),
      isometric: random(),
      dolly: random() < 0.5 ? 0 : between(0, 5),
      offset: { x: between(-1, 1), y: between(-1, 1) },
      center: { x: between(-1, 1), y: between(-1, 1) },
      origin: { x: between(-1, 1), y: between(-1, 1) },
      sticky: random() < 0.5,
      invert: random() < 0.5 ? 0 : random(),
    };
    const eyes = options({ separationPercent: between(0, 10), convergence: random() });
    const [d, aspect] = [random(), between(0.4, 2.5)];
    const { B, D, k } = raysOf(camera);
    const w = (seen: number) => B + k * (D - B) * seen;
    const { base, slope } = seenDisparity(camera);
    const seen = base + slope * d;
    const expected =
      (eyes.separationPercent / 100) * (seen - eyes.convergence) * (w(eyes.convergence) / w(seen));
    const actual = parallax(camera, eyes, { x: between(-1, 1), y: random() }, d, aspect);
    assert.ok(Math.abs(actual - expected) < 2e-5, `${actual} instead of ${expected}`);
  }
});

test("without separation both eyes are the camera, and without stereo there is one", () => {
  const [left, right] = eyeCameras(DEFAULT_CAMERA, options({ separationPercent: 0 }), 1.5);
  assert.deepEqual(projection(left ?? DEFAULT_CAMERA, 1), projection(DEFAULT_CAMERA, 1));
  assert.deepEqual(projection(right ?? DEFAULT_CAMERA, 1), projection(DEFAULT_CAMERA, 1));
  assert.deepEqual(eyeCameras(DEFAULT_CAMERA, options({ layout: "none" }), 1), [DEFAULT_CAMERA]);
});

test("at any height the parallax is the same, so that a preset that begins flat is deep", () => {
  for (const height of [0, 1e-6, 1e-3, 0.5]) {
    const camera = { ...DEFAULT_CAMERA, height, isometric: 1 };
    const near = parallax(camera, options(), { x: 0.1, y: 0 }, 1, 1.5);
    assert.ok(Math.abs(near - 0.015) < 1e-5, `${height}: ${near}`);
  }
  const flat = { ...DEFAULT_CAMERA, height: 0 };
  const [left = flat] = eyeCameras(flat, options({ separationPercent: 0 }), 1.5);
  const u = { x: 1.5, y: 1 };
  for (const d of [0, 0.5, 1]) {
    const moved = onScreen(left, u, d, 1.5).x - onScreen(flat, u, d, 1.5).x;
    assert.ok(Math.abs(moved) * 4096 < 0.5, "less than half a pixel in the largest picture");
  }
});
