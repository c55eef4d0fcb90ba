/**
 * Deviation by hand, and what the refined mesh promises: right without refinement, or above the map
 * where it is searched.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../testing/random.js";
import { adaptiveMesh, sample } from "./adaptive.js";
import { deviationOf } from "./deviation.js";
import { type Mesh, type Refinement, type SceneMesh, VERTEX_FLOATS } from "./mesh.js";
import { refinedMesh } from "./refined.js";

const SIZE = { width: 96, height: 64 };
const FLAT: Mesh = {
  vertices: new Float32Array([-1, 1, 0.5, 1, 1, 0.5, -1, -1, 0.5, 1, -1, 0.5]),
  indices: new Uint32Array([0, 2, 1, 1, 2, 3]),
};

function mapOf(disparity: (x: number, y: number) => number): Uint16Array {
  return Uint16Array.from({ length: SIZE.width * SIZE.height }, (_, i) =>
    Math.round(65535 * disparity(i % SIZE.width, Math.floor(i / SIZE.width))),
  );
}

/** Gentle waves, and two boxes on them. */
function boxesAt(x: number, y: number, top: number): number {
  const inBox = (x > 20 && x < 40 && y > 10 && y < 30) || (x > 60 && x < 66 && y > 20 && y < 60);
  return inBox ? top : 0.3 + 0.02 * Math.sin(x / 9) * Math.cos(y / 7);
}

const BOXES = mapOf((x, y) => boxesAt(x, y, 0.8));

const limits = (dearest: Refinement) => ({ maxError: 0.004, texelsPerDisparity: 60, dearest });

function refinementOfTriangle(mesh: SceneMesh, triangle: number): Refinement {
  const part = mesh.parts.find(
    ({ firstIndex, indexCount }) =>
      3 * triangle >= firstIndex && 3 * triangle < firstIndex + indexCount,
  );
  assert.ok(part);
  return part.refinement;
}

/** Disparity of a random point of a triangle, and the map's there. */
function compareInside(mesh: Mesh, triangle: number, map: Uint16Array, random: () => number) {
  const corner = (i: number) => {
    const at = VERTEX_FLOATS * (mesh.indices[3 * triangle + i] ?? 0);
    const [x = 0, y = 0, d = 0] = mesh.vertices.subarray(at);
    return { x, y, d };
  };
  const [a, b, c] = [corner(0), corner(1), corner(2)];
  const p = Math.sqrt(random());
  const q = random();
  const [wa, wb, wc] = [1 - p, p * (1 - q), p * q];
  const mix = (key: "x" | "y" | "d") => wa * a[key] + wb * b[key] + wc * c[key];
  const there = sample(map, SIZE, (1 + mix("x")) / 2, (1 - mix("y")) / 2);
  return { mesh: mix("d"), map: there };
}

test("deviation: how far a bump and a pit are from a flat mesh, and how steep they are", () => {
  const map = mapOf((x, y) => (x === 10 && y === 5 ? 0.9 : x === 80 && y === 60 ? 0.3 : 0.5));
  const { above, below, steepness } = deviationOf(FLAT, map, SIZE);
  assert.ok(Math.abs((above[0] ?? 0) - 0.4) < 1e-4 && (below[0] ?? 0) < 1e-4);
  assert.ok(Math.abs((below[1] ?? 0) - 0.2) < 1e-4 && (above[1] ?? 0) < 1e-4);
  assert.ok(Math.abs((steepness[0] ?? 0) - 0.4) < 1e-4);
  assert.ok(Math.abs((steepness[1] ?? 0) - 0.2) < 1e-4);
});

test("a triangle that is not refined is within the error of the map", () => {
  const coarse = adaptiveMesh(BOXES, SIZE, 33, 0.01);
  const mesh = refinedMesh(coarse, BOXES, SIZE, limits("search"));
  const random = seededRandom(3);
  let looked = 0;
  for (let triangle = 0; triangle < mesh.indices.length / 3; triangle++) {
    if (refinementOfTriangle(mesh, triangle) !== "none") continue;
    for (let i = 0; i < 8; i++) {
      const at = compareInside(mesh, triangle, BOXES, random);
      assert.ok(Math.abs(at.mesh - at.map) <= 0.004 + 1e-4, `${at.mesh} against ${at.map}`);
      looked += 1;
    }
  }
  assert.ok(looked > 100);
});

for (const top of [0.8, 1]) {
  test(`boxes of ${top}: a triangle that is searched lies above the map, so that no edge in front is missed`, () => {
    searchedLiesAbove(mapOf((x, y) => boxesAt(x, y, top)));
  });
}

function searchedLiesAbove(map: Uint16Array): void {
  const coarse = adaptiveMesh(map, SIZE, 33, 0.01);
  const mesh = refinedMesh(coarse, map, SIZE, limits("search"));
  const random = seededRandom(4);
  let looked = 0;
  let under = 0;
  for (let triangle = 0; triangle < mesh.indices.length / 3; triangle++) {
    if (refinementOfTriangle(mesh, triangle) !== "search") continue;
    for (let i = 0; i < 20; i++) {
      const at = compareInside(mesh, triangle, map, random);
      // Corners lifted by different amounts tilt it a little against what lies a texel outside.
      assert.ok(at.mesh >= at.map - 0.05, `${at.mesh} under ${at.map}`);
      if (at.mesh < at.map - 0.002) under += 1;
      looked += 1;
    }
  }
  assert.ok(looked > 1000 && under < 0.02 * looked, `${under} of ${looked}`);
}

test("steep places are searched, gentle ones stepped to, and what is not allowed is left to the triangle", () => {
  const kinds = (dearest: Refinement) =>
    refinedMesh(adaptiveMesh(BOXES, SIZE, 33, 0.05), BOXES, SIZE, limits(dearest)).parts.map(
      ({ refinement }) => refinement,
    );
  assert.deepEqual(kinds("none"), ["none"]);
  assert.ok(kinds("search").includes("search"));
  assert.ok(kinds("search").some((kind) => kind === "fixed-point" || kind === "secant"));
  assert.ok(!kinds("secant").includes("search"));
});

test("grouping loses no triangle and doubles none", () => {
  const coarse = adaptiveMesh(BOXES, SIZE, 33, 0.01);
  const mesh = refinedMesh(coarse, BOXES, SIZE, limits("search"));
  const keys = (indices: Uint32Array) =>
    Array.from({ length: indices.length / 3 }, (_, i) =>
      indices.subarray(3 * i, 3 * i + 3).join(" "),
    ).sort();
  assert.deepEqual(keys(mesh.indices), keys(coarse.indices));
  const covered = mesh.parts.reduce((sum, part) => sum + part.indexCount, 0);
  assert.equal(covered, mesh.indices.length);
});

test("a map of one value needs no refinement", () => {
  const map = mapOf(() => 0.4);
  const mesh = refinedMesh(adaptiveMesh(map, SIZE, 33, 0.01), map, SIZE, limits("search"));
  assert.deepEqual(
    mesh.parts.map(({ refinement }) => refinement),
    ["none"],
  );
});
