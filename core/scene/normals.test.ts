/** Normals of surfaces whose slopes are known. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Relief, surfaceNormals } from "./normals.js";

const SIZE = { width: 60, height: 40 };
const RELIEF: Relief = { height: 0.5, halfSides: { x: 1.5, y: 1 }, cutStep: 0.1 };

/** A map of d(x, y), with x and y in half heights from the middle, y upwards. */
function mapOf(d: (x: number, y: number) => number): Uint16Array {
  const { width, height } = SIZE;
  return Uint16Array.from({ length: width * height }, (_, at) => {
    const x = (((at % width) + 0.5) / width) * 3 - 1.5;
    const y = 1 - ((Math.floor(at / width) + 0.5) / height) * 2;
    return Math.round(65535 * d(x, y));
  });
}

function normalAt(rgb: Uint16Array, column: number, row: number): number[] {
  const at = 3 * (row * SIZE.width + column);
  return [...rgb.subarray(at, at + 3)].map((value) => (2 * value) / 65535 - 1);
}

function assertNormal(actual: readonly number[], [x, y, z]: readonly [number, number, number]) {
  const length = Math.hypot(x, y, z);
  [x, y, z].forEach((part, i) => {
    assert.ok(Math.abs((actual[i] ?? 9) - part / length) < 2e-3, `${actual}, not ${[x, y, z]}`);
  });
}

test("a slope has the normal of its plane everywhere, and at the edges too", () => {
  const rgb = surfaceNormals(
    mapOf((x, y) => 0.4 + 0.2 * x - 0.1 * y),
    SIZE,
    RELIEF,
  );
  for (const [column, row] of [
    [30, 20],
    [0, 0],
    [59, 39],
    [0, 39],
  ] as const) {
    assertNormal(normalAt(rgb, column, row), [-0.5 * 0.2, 0.5 * 0.1, 1]);
  }
});

test("a surface that rises to the right looks to the left, one that rises upwards looks down", () => {
  const right = surfaceNormals(
    mapOf((x) => 0.5 + 0.3 * x),
    SIZE,
    RELIEF,
  );
  assert.ok((normalAt(right, 30, 20)[0] ?? 0) < -0.1);
  const upwards = surfaceNormals(
    mapOf((_, y) => 0.5 + 0.3 * y),
    SIZE,
    RELIEF,
  );
  assert.ok((normalAt(upwards, 30, 20)[1] ?? 0) < -0.1);
});

test("a sphere's normals point away from its center", () => {
  // z = h·d = √(r² − x² − y²) with r = 0.4 and h = 0.5.
  const r = 0.4;
  const rgb = surfaceNormals(
    mapOf((x, y) => Math.sqrt(Math.max(0, r * r - x * x - y * y)) / 0.5),
    SIZE,
    { ...RELIEF, cutStep: 1 },
  );
  for (const [column, row] of [
    [33, 20],
    [27, 18],
    [30, 23],
  ] as const) {
    const x = ((column + 0.5) / 60) * 3 - 1.5;
    const y = 1 - ((row + 0.5) / 40) * 2;
    const z = Math.sqrt(r * r - x * x - y * y);
    const actual = normalAt(rgb, column, row);
    [x / r, y / r, z / r].forEach((part, i) => {
      assert.ok(Math.abs((actual[i] ?? 9) - part) < 0.02, `${actual}`);
    });
  }
});

test("a cut belongs to no side: both keep the normals of their own slopes", () => {
  const step = mapOf((x) => (x < 0 ? 0.1 + 0.05 * x : 0.8 + 0.1 * x));
  const rgb = surfaceNormals(step, SIZE, RELIEF);
  assertNormal(normalAt(rgb, 29, 20), [-0.025, 0, 1]);
  assertNormal(normalAt(rgb, 30, 20), [-0.05, 0, 1]);
  const smeared = surfaceNormals(step, SIZE, { ...RELIEF, cutStep: 1 });
  assert.ok(Math.abs(normalAt(smeared, 29, 20)[0] ?? 0) > 0.9, "without a cut there is a wall");
});

test("a flat map, a camera of height 0 and a single texel look at the viewer", () => {
  const flat = [32768, 32768, 65535];
  const sloped = mapOf((x) => 0.5 + 0.3 * x);
  const noHeight = surfaceNormals(sloped, SIZE, { ...RELIEF, height: 0 });
  assert.deepEqual([...noHeight.subarray(0, 3)], flat);
  const single = surfaceNormals(new Uint16Array([7]), { width: 1, height: 1 }, RELIEF);
  assert.deepEqual([...single], flat);
});
