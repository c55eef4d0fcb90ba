/** The photo covers the screen, and the copies cover what the camera sees beyond it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_CAMERA, photoPointAt } from "./camera.js";
import { magnification, photoHalfSides, textureSize, visibleExtent } from "./geometry.js";
import { cameraPath, PRESET_NAMES } from "./presets.js";

test("the photo is the smallest that covers the screen", () => {
  assert.deepEqual(photoHalfSides({ width: 400, height: 200 }, 1), { x: 2, y: 1 });
  assert.deepEqual(photoHalfSides({ width: 200, height: 400 }, 1), { x: 1, y: 2 });
  assert.deepEqual(photoHalfSides({ width: 300, height: 200 }, 1.5), { x: 1.5, y: 1 });
});

test("the texture is as fine as the camera comes close, within bounds, and never enlarged", () => {
  const frame = { width: 600, height: 400 };
  const large = { width: 6000, height: 4000 };
  assert.deepEqual(textureSize(frame, large, 1), { width: 750, height: 500 });
  assert.deepEqual(textureSize(frame, large, 2), { width: 1200, height: 800 });
  assert.deepEqual(textureSize(frame, large, 9), { width: 2400, height: 1600 });
  assert.deepEqual(textureSize(frame, { width: 300, height: 200 }, 9), { width: 300, height: 200 });
});

test("magnification is that of the closest part on the way", () => {
  const flat = { ...DEFAULT_CAMERA, height: 0 };
  const near = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}`);
  near(magnification([flat]), 1);
  near(magnification([flat, { ...flat, zoom: 0.5 }]), 2);
  // Perspective alone: the nearest point lies at z = 1 − h.
  near(magnification([{ ...DEFAULT_CAMERA, height: 0.5, isometric: 0 }]), 2);
  near(magnification([{ ...DEFAULT_CAMERA, height: 0.5, isometric: 1 }]), 1);
});

test("a camera that does not move sees what the screen shows of the photo", () => {
  const path = cameraPath({ preset: "still", intensity: 1, phaseTurns: 0 }, 3);
  const extent = visibleExtent(path, 1.5, { x: 1.5, y: 2 });
  assert.deepEqual(extent, { minX: -1, maxX: 1, minY: -0.5, maxY: 0.5 });
});

for (const preset of PRESET_NAMES) {
  test(`${preset}: every point that some ray meets lies in the extent`, () => {
    const aspect = 16 / 9;
    const half = photoHalfSides({ width: 1600, height: 900 }, aspect);
    for (const intensity of [1, 4]) {
      const path = cameraPath({ preset, intensity, phaseTurns: 0 }, 24);
      const { minX, maxX, minY, maxY } = visibleExtent(path, aspect, half);
      for (const camera of path) {
        for (const x of [-1, -0.5, 0, 0.5, 1]) {
          for (const y of [-1, 0, 1]) {
            for (const d of [0, 0.4, 1]) {
              const u = photoPointAt(camera, { x: x * aspect, y }, d);
              const inside =
                u.x / half.x >= minX - 1e-9 &&
                u.x / half.x <= maxX + 1e-9 &&
                u.y / half.y >= minY - 1e-9 &&
                u.y / half.y <= maxY + 1e-9;
              assert.ok(inside, `${intensity}: ${u.x}, ${u.y}`);
            }
          }
        }
      }
    }
  });
}
