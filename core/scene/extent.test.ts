/** The photo covers the screen, and the extent holds all that the camera sees. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { photoPointAt } from "./camera.js";
import { photoHalfSides, visibleExtent } from "./extent.js";
import { cameraPath, PRESET_NAMES } from "./presets.js";

test("the photo is the smallest that covers the screen", () => {
  assert.deepEqual(photoHalfSides({ width: 400, height: 200 }, 1), { x: 2, y: 1 });
  assert.deepEqual(photoHalfSides({ width: 200, height: 400 }, 1), { x: 1, y: 2 });
  assert.deepEqual(photoHalfSides({ width: 300, height: 200 }, 1.5), { x: 1.5, y: 1 });
});

test("a camera at rest sees what the screen shows of the photo", () => {
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
