/**
 * The meshes of two sheets: without a gap together, the back one never in front of the other, no
 * triangle across a cut, near the sheets where they are seen, and fine only where it is needed.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../testing/random.js";
import { simpleLayers } from "../../../testing/scene/simple-layers.js";
import type { Size } from "../../geometry/size.js";
import type { Layers } from "../layers/layers.js";
import { LEAST_CUT } from "../layers/reach.js";
import { type Mesh, VERTEX_FLOATS } from "./mesh.js";
import { type SheetMeshes, sheetMeshes } from "./sheet-meshes.js";

const STEP = 3000;
const OPTIONS = { step: STEP, grow: 4, reach: 9 };
const DETAIL = { meshError: 0.004, leastStep: STEP / 65535, inverted: false, maxTriangles: 1e9 };
const WHOLE = { minX: -1, maxX: 1, minY: -1, maxY: 1 };

/** A slope with boxes and discs on it. */
function scene({ width, height }: Size, seed: number): Layers {
  const random = seededRandom(seed);
  const map = Uint16Array.from(
    { length: width * height },
    (_, i) => 9_000 + (9_000 * (i % width)) / width + 2_000 * Math.sin(i / width / 9),
  );
  for (let shape = 0; shape < 6; shape++) {
    const [x, y, radius] = [random() * width, random() * height, 4 + (random() * width) / 8];
    const near = 25_000 + 40_000 * random();
    const isBox = shape % 2 === 0;
    for (let i = 0; i < map.length; i++) {
      const [dx, dy] = [Math.abs((i % width) - x), Math.abs(Math.floor(i / width) - y)];
      if (isBox ? Math.max(dx, dy) < radius : Math.hypot(dx, dy) < radius) map[i] = near;
    }
  }
  return simpleLayers(map, { width, height }, OPTIONS);
}

type Point = readonly [x: number, y: number, d: number];

function trianglesOf({ vertices, indices }: Mesh): (readonly [Point, Point, Point])[] {
  const corner = (at: number): Point => {
    const [x = 0, y = 0, d = 0] = vertices.subarray(VERTEX_FLOATS * (indices[at] ?? 0));
    return [x, y, d];
  };
  return Array.from(
    { length: indices.length / 3 },
    (_, i) => [corner(3 * i), corner(3 * i + 1), corner(3 * i + 2)] as const,
  );
}

const areaOf = ([a, b, c]: readonly [Point, Point, Point]) =>
  Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2;

/** Disparities of a mesh over points of the photo; none where no triangle is. */
function heights(mesh: Mesh, points: readonly (readonly [number, number])[]): number[][] {
  const all = trianglesOf(mesh);
  return points.map(([x, y]) =>
    all.flatMap((triangle) => {
      const [a, b, c] = triangle;
      const area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
      const u = ((x - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y - a[1])) / area;
      const v = ((b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1])) / area;
      if (u < -1e-9 || v < -1e-9 || u + v > 1 + 1e-9) return [];
      return [a[2] + u * (b[2] - a[2]) + v * (c[2] - a[2])];
    }),
  );
}

const SIZES: readonly Size[] = [
  { width: 150, height: 90 },
  { width: 65, height: 129 },
  { width: 64, height: 64 },
  { width: 31, height: 70 },
];

function randomPoints(count: number, seed: number): (readonly [number, number])[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => [1.98 * random() - 0.99, 1.98 * random() - 0.99]);
}

for (const [i, size] of SIZES.entries()) {
  const name = `${size.width}×${size.height}`;
  const layers = scene(size, 20 + i);
  const meshes = sheetMeshes(layers, DETAIL, WHOLE);
  const points = randomPoints(400, i);

  test(`${name}: front and back together cover every point, the back never in front`, () => {
    const front = heights(meshes.front, points);
    const rim = heights(meshes.rim, points);
    const back = heights(meshes.back, points);
    for (const [at, point] of points.entries()) {
      const covered = [...(front[at] ?? []), ...(back[at] ?? [])];
      assert.ok(covered.length > 0, `nothing opaque over ${point}`);
      const over = Math.max(...(front[at] ?? []), ...(rim[at] ?? []));
      if (over === Number.NEGATIVE_INFINITY) continue;
      for (const under of back[at] ?? []) assert.ok(under <= over + 1e-6, `back over front`);
    }
  });

  test(`${name}: the opaque edge of the front is part of the back, vertex by vertex`, () => {
    assertNoGap(meshes);
  });

  test(`${name}: every seen texel of the front is drawn, within the error`, () => {
    const { front, coverage, width, height } = layers;
    const random = seededRandom(i);
    let looked = 0;
    for (let look = 0; look < 300; look++) {
      const x = 1 + Math.floor(random() * (width - 2));
      const y = 1 + Math.floor(random() * (height - 2));
      const texel = y * width + x;
      const point = [(2 * x + 1) / width - 1, 1 - (2 * y + 1) / height] as const;
      const error = (d: number) => Math.abs(d - (front[texel] ?? 0) / 65535);
      const opaque = heights(meshes.front, [point])[0] ?? [];
      for (const d of opaque) assert.ok(error(d) <= 2 * DETAIL.meshError, `${d} at ${x}, ${y}`);
      // In a triangle that is cut only the nearest thing keeps its rim.
      if (coverage[texel] === 0 || isBesideCut(layers, x, y)) continue;
      const all = [meshes.front, meshes.rim, meshes.back].flatMap(
        (mesh) => heights(mesh, [point])[0] ?? [],
      );
      const closest = Math.min(...all.map(error));
      assert.ok(closest <= 2 * DETAIL.meshError, `${closest} at ${x}, ${y}`);
      looked += 1;
    }
    assert.ok(looked > 100);
  });
}

function isBesideCut({ cuts, width, height }: Layers, x: number, y: number): boolean {
  for (let row = Math.max(0, y - 2); row <= Math.min(height - 1, y + 2); row++) {
    for (let column = Math.max(0, x - 2); column <= Math.min(width - 1, x + 2); column++) {
      if (cuts[row * width + column]) return true;
    }
  }
  return false;
}

/**
 * Edges that only one opaque triangle has are the ends of a mesh. Those of the front within the
 * photo must be edges of the back at the same disparity, or lie over it.
 */
function assertNoGap({ front, back }: SheetMeshes): void {
  const ends = openEdges(front);
  const backOpen = openEdges(back);
  const isBorder = (edge: readonly [Point, Point]) =>
    ([0, 1] as const).some((axis) =>
      edge.every((p) => Math.abs(p[axis]) === 1 && p[axis] === edge[0][axis]),
    );
  // What the back lacks begins where the front goes on with the same edge.
  const frontEdges = allEdges(front);
  for (const [key, edge] of backOpen) {
    if (isBorder(edge)) continue;
    assert.ok(frontEdges.has(key), `the back ends at ${edge} where the front has no edge`);
  }
  assert.ok(ends.size > 0 && backOpen.size > 0, "the test can tell");
}

const keyOf = (a: Point, b: Point) =>
  [a, b]
    .map((p) => p.join(" "))
    .sort()
    .join(" | ");

function edgesOf(mesh: Mesh): (readonly [Point, Point])[] {
  return trianglesOf(mesh).flatMap(([a, b, c]) => [
    [a, b] as const,
    [b, c] as const,
    [c, a] as const,
  ]);
}

function openEdges(mesh: Mesh): Map<string, readonly [Point, Point]> {
  const open = new Map<string, readonly [Point, Point]>();
  for (const edge of edgesOf(mesh)) {
    const key = keyOf(...edge);
    if (!open.delete(key)) open.set(key, edge);
  }
  return open;
}

const allEdges = (mesh: Mesh) => new Set(edgesOf(mesh).map((edge) => keyOf(...edge)));

test("a flat map needs two triangles per tile, all of the front", () => {
  const size = { width: 200, height: 120 };
  const flat = new Uint16Array(size.width * size.height).fill(30_000);
  const { front, back, rim } = sheetMeshes(simpleLayers(flat, size, OPTIONS), DETAIL, WHOLE);
  assert.deepEqual(
    [front, back, rim].map(({ indices }) => indices.length / 3),
    [16, 0, 0],
  );
  const area = trianglesOf(front).reduce((sum, triangle) => sum + areaOf(triangle), 0);
  assert.ok(Math.abs(area - 4) < 1e-5, `${area}`);
});

test("the triangles of the rim come from the farthest to the nearest, within steps no camera opens", () => {
  const { rim } = sheetMeshes(scene({ width: 150, height: 90 }, 3), DETAIL, WHOLE);
  const depths = trianglesOf(rim).map(([a, b, c]) => (a[2] + b[2] + c[2]) / 3);
  assert.ok(depths.length > 100);
  let nearest = 0;
  for (const depth of depths) {
    assert.ok(depth > nearest - LEAST_CUT / 5, `${depth} after ${nearest}`);
    nearest = Math.max(nearest, depth);
  }
});

test("maps of one row, one column and one texel are drawn", () => {
  for (const [width, height] of [
    [1, 1],
    [7, 1],
    [1, 9],
    [2, 2],
  ] as const) {
    const map = new Uint16Array(width * height).fill(20_000);
    const { front, back } = sheetMeshes(
      simpleLayers(map, { width, height }, OPTIONS),
      DETAIL,
      WHOLE,
    );
    const covered = [...trianglesOf(front), ...trianglesOf(back)];
    const area = covered.reduce((sum, triangle) => sum + areaOf(triangle), 0);
    assert.ok(Math.abs(area - 4) < 1e-5, `${width}×${height}: ${area}`);
  }
});
