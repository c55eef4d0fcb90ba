/** The projection against the ray it is derived from, on random cameras. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../testing/random.js";
import {
  type CameraState,
  DEFAULT_CAMERA,
  photoPointAt,
  pixelRays,
  projection,
  type Vec2,
} from "./camera.js";

const CASES = 20_000;
const random = seededRandom(1);
const between = (low: number, high: number) => low + (high - low) * random();
const point = (x: number, y: number): Vec2 => ({ x: between(-x, x), y: between(-y, y) });

function randomCamera(): CameraState {
  return {
    height: between(0, 0.95),
    steady: between(0, 1),
    focus: between(0, 1),
    zoom: between(0.2, 2),
    isometric: between(0, 1),
    dolly: random() < 0.3 ? 0 : between(0, 20),
    offset: point(4, 1),
    center: point(4, 1),
    origin: point(4, 1),
    target: point(4, 4),
    sticky: random() < 0.7,
    mirror: true,
    invert: random() < 0.5 ? 0 : random(),
  };
}

interface Clip extends Vec2 {
  readonly w: number;
  readonly depth: number;
}

/** Where the matrix puts a photo point of disparity d, in screen units. */
function project(camera: CameraState, u: Vec2, d: number, aspect: number): Clip {
  const m = Float64Array.from(projection(camera, aspect));
  const row = (i: number) =>
    (m[i] ?? 0) * u.x + (m[4 + i] ?? 0) * u.y + (m[8 + i] ?? 0) * d + (m[12 + i] ?? 0);
  const w = row(3);
  return { x: (row(0) / w) * aspect, y: row(1) / w, depth: row(2) / w, w };
}

/** The point at height d on the ray of g, from the ray's definition alone: O + s·(I − O). */
function onRay(camera: CameraState, g: Vec2, d: number): Vec2 {
  const { height, steady, focus, zoom, isometric, dolly, offset, center, origin } = camera;
  const near = 1 - focus * height;
  const D = zoom * isometric;
  const B = D + ((1 + dolly) / (near + dolly)) * (zoom - D);
  const lift = d + camera.invert * (1 - 2 * d);
  const s = (1 - height * lift + dolly) / (1 + dolly);
  const axis = (key: "x" | "y") => {
    const stick = camera.sticky ? offset[key] / (1 - (steady * height) / (1 + dolly)) : 0;
    const from = offset[key] + origin[key] + D * g[key];
    const to = offset[key] + center[key] - stick + B * g[key];
    return from + s * (to - from);
  };
  return { x: axis("x"), y: axis("y") };
}

function assertClose(actual: Vec2, expected: Vec2, tolerance: number, what: string): void {
  const error = Math.max(Math.abs(actual.x - expected.x), Math.abs(actual.y - expected.y));
  assert.ok(error <= tolerance, `${what}: off by ${error}`);
}

test("a photo point lands on the screen point whose ray passes it", () => {
  for (let i = 0; i < CASES; i++) {
    const camera = randomCamera();
    const aspect = between(0.4, 2.5);
    const g = point(aspect, 1);
    const d = random();
    const u = onRay(camera, g, d);
    assertClose(photoPointAt(camera, g, d), u, 1e-9, "photoPointAt");
    const clip = project(camera, u, d, aspect);
    assert.ok(clip.w > 0, `w = ${clip.w}`);
    // The matrix is float32, and a small w magnifies its rounding.
    assertClose(clip, g, 5e-5 / Math.min(1, clip.w), JSON.stringify(camera));
  }
});

test("depth falls with disparity, so that the z-test keeps the nearer point", () => {
  for (let i = 0; i < CASES; i++) {
    const camera = { ...randomCamera(), invert: 0.4 * random() };
    const [far, near] = [random(), random()].sort((a, b) => a - b) as [number, number];
    if (near - far < 1e-3) continue;
    const u = point(1, 1);
    assert.ok(project(camera, u, near, 1).depth < project(camera, u, far, 1).depth);
  }
});

test("an inverted scene brings the far parts to the front, within the same range", () => {
  for (let i = 0; i < CASES; i++) {
    const camera = { ...randomCamera(), invert: 1 };
    const u = point(1, 1);
    const d = random();
    const seen = project(camera, u, d, 1.5);
    const mirrored = project({ ...camera, invert: 0 }, u, 1 - d, 1.5);
    assertClose(seen, mirrored, 5e-5 / Math.min(1, seen.w), "inverted");
    assert.ok(Math.abs(seen.depth - mirrored.depth) < 1e-4);
    assert.ok(project(camera, u, 0, 1).depth < project(camera, u, 1, 1).depth);
  }
});

test("half inverted, everything lies on one plane", () => {
  for (let i = 0; i < 1000; i++) {
    const camera = { ...randomCamera(), invert: 0.5 };
    const g = point(1, 1);
    assertClose(photoPointAt(camera, g, 0), photoPointAt(camera, g, 1), 1e-12, "flat");
  }
});

test("the rays of the pixels meet the photo where the camera's formula says, inverted too", () => {
  const frame = { width: 64, height: 36 };
  const half = { x: 2, y: 1.1 };
  for (let i = 0; i < 1000; i++) {
    const camera = randomCamera();
    const [px, py, d] = [between(0, 64), between(0, 36), random()];
    const rays = pixelRays(camera, frame, half);
    const at = (axis: 0 | 1, pixel: number) =>
      (rays[axis] ?? 0) +
      (rays[2 + axis] ?? 0) * pixel +
      d * ((rays[4 + axis] ?? 0) + (rays[6 + axis] ?? 0) * pixel);
    const g = { x: ((2 * px) / 64 - 1) * (64 / 36), y: (2 * py) / 36 - 1 };
    const u = photoPointAt(camera, g, d);
    const expected = { x: 0.5 + u.x / (2 * half.x), y: 0.5 - u.y / (2 * half.y) };
    assertClose({ x: at(0, px), y: at(1, py) }, expected, 1e-4, JSON.stringify(camera));
  }
});

test("the steady plane stands still under offset, for every dolly", () => {
  for (let i = 0; i < CASES; i++) {
    const camera = { ...randomCamera(), sticky: true, invert: 0 };
    const u = point(1, 1);
    const moved = project(camera, u, camera.steady, 1);
    const still = project({ ...camera, offset: { x: 0, y: 0 } }, u, camera.steady, 1);
    // Cameras without an offset differ in A and C only, which cancel on the steady plane.
    assertClose(moved, still, 2e-4 / Math.min(1, moved.w), "steady plane");
  }
});

test("a scene without height is the photo, whatever the camera does", () => {
  for (let i = 0; i < CASES; i++) {
    const camera = {
      ...randomCamera(),
      height: 0,
      zoom: 1,
      center: { x: 0, y: 0 },
      sticky: true,
    };
    const g = point(1.5, 1);
    assertClose(project(camera, g, random(), 1.5), g, 1e-5, "flat scene");
  }
});

test("an orthographic camera that does not move shows the photo, whatever the depth", () => {
  const camera = { ...DEFAULT_CAMERA, isometric: 1 };
  for (let i = 0; i < 1000; i++) {
    const g = point(1.5, 1);
    assertClose(project(camera, g, random(), 1.5), g, 1e-6, "still");
  }
});
