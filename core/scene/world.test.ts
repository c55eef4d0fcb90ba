/** The space of 3D programs shows the photo, and moves as the renderer's camera does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_CAMERA, photoPointAt } from "./camera.js";
import { distanceOf, worldCamera, worldOf, worldPoint } from "./world.js";

const PHOTO = { width: 1200, height: 800 };
const HALF = { x: 1.5, y: 1 };

/** Where a perspective camera at (cameraX, cameraY, 0) sees a point, in [−1, 1] of its picture. */
function seen(point: readonly number[], height: number, cameraX = 0, cameraY = 0) {
  const { verticalAngle, aspect } = worldCamera(worldOf(PHOTO, height));
  const [x = 0, y = 0, z = 0] = point;
  const scale = Math.tan(verticalAngle / 2) * -z;
  return { x: (x - cameraX) / (scale * aspect), y: (y - cameraY) / scale };
}

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, not ${expected}`);

test("the camera at rest sees each point of the photo where the photo has it", () => {
  for (const disparity of [0, 0.3, 1]) {
    for (const [x, y] of [
      [0, 0],
      [1, -1],
      [-0.4, 0.7],
    ] as const) {
      const at = seen(worldPoint(worldOf(PHOTO, 0.4), x, y, disparity), 0.4);
      near(at.x, x);
      near(at.y, y);
    }
  }
});

test("the nearest point is where the camera's height puts it, and nothing lies outside its range", () => {
  const { near: nearest, far } = worldCamera(worldOf(PHOTO, 0.2));
  near(nearest / far, 0.8);
  near(distanceOf(0.2, 1), nearest);
  near(distanceOf(0, 1), distanceOf(0, 0));
});

test("a camera that moves sideways sees what the renderer's orthographic camera sees", () => {
  const height = 0.3;
  const offset = { x: 0.25, y: -0.15 };
  const model = { ...DEFAULT_CAMERA, height, isometric: 1, steady: 0, offset };
  const world = worldOf(PHOTO, height);
  const far = distanceOf(height, 0);
  const move = (axis: "x" | "y") =>
    ((1 - height) * offset[axis] * world.halfTangents[axis] * far) / HALF[axis];
  const pan = seen(worldPoint(world, 0, 0, 0), height, move("x"), move("y"));
  for (const disparity of [0, 0.2, 0.9]) {
    const screen = { x: 0.6, y: -0.3 };
    const point = photoPointAt(model, screen, disparity);
    const at = seen(
      worldPoint(world, point.x / HALF.x, point.y / HALF.y, disparity),
      height,
      move("x"),
      move("y"),
    );
    // The renderer keeps the far plane in place.
    near(at.x - pan.x, screen.x / HALF.x);
    near(at.y - pan.y, screen.y / HALF.y);
  }
});

test("what is plane in the disparity map is plane", () => {
  const world = worldOf(PHOTO, 0.5);
  const at = (x: number, y: number) => worldPoint(world, x, y, 0.4 + 0.2 * x - 0.1 * y);
  const first = at(-1, -1);
  const to = (x: number, y: number) => at(x, y).map((value, i) => value - (first[i] ?? 0));
  const [u, v, w] = [to(1, -0.5), to(0.2, 1), to(0.7, 0.1)] as const;
  const cross = [0, 1, 2].map(
    (i) =>
      (u[(i + 1) % 3] ?? 0) * (v[(i + 2) % 3] ?? 0) - (u[(i + 2) % 3] ?? 0) * (v[(i + 1) % 3] ?? 0),
  );
  near(
    cross.reduce((sum, value, i) => sum + value * (w[i] ?? 0), 0),
    0,
  );
});
