/**
 * The mirrored mesh covers what is seen, matches at the photo's edges, and leaves out what is not
 * seen.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gridMesh } from "../../../testing/render/grid.js";
import { asOnePart, VERTEX_FLOATS } from "./mesh.js";
import { mirroredMesh } from "./mirrored.js";

const SIZE = { width: 40, height: 30 };
const MAP = Uint16Array.from({ length: SIZE.width * SIZE.height }, (_, i) => 50 * i);
const GRID = asOnePart(gridMesh(MAP, SIZE, 12 * 9));

function triangleAreas({ vertices, indices }: { vertices: Float32Array; indices: Uint32Array }) {
  const at = (vertex: number) => vertices.subarray(VERTEX_FLOATS * vertex);
  return Array.from({ length: indices.length / 3 }, (_, i) => {
    const [a, b, c] = [...indices.subarray(3 * i, 3 * i + 3)].map(at);
    const [ax = 0, ay = 0] = a ?? [];
    const [bx = 0, by = 0] = b ?? [];
    const [cx = 0, cy = 0] = c ?? [];
    return Math.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2;
  });
}

test("within the photo it is the photo's mesh", () => {
  const mesh = mirroredMesh(GRID, { minX: -1, maxX: 1, minY: -1, maxY: 1 });
  assert.equal(mesh.indices.length, GRID.indices.length);
});

test("all three by three copies, and no more, where the camera sees far", () => {
  const mesh = mirroredMesh(GRID, { minX: -9, maxX: 9, minY: -9, maxY: 9 });
  assert.equal(mesh.indices.length, 9 * GRID.indices.length);
  const area = triangleAreas(mesh).reduce((sum, each) => sum + each, 0);
  assert.ok(Math.abs(area - 36) < 1e-4);
});

test("what lies outside the extent is left out, what touches it stays", () => {
  const extent = { minX: -0.5, maxX: 1.2, minY: -1, maxY: 0.1 };
  const mesh = mirroredMesh(GRID, extent);
  const covered = triangleAreas(mesh).reduce((sum, each) => sum + each, 0);
  const seen = (extent.maxX - extent.minX) * (extent.maxY - extent.minY);
  assert.ok(covered >= seen && covered < 1.6 * seen, `${covered} of ${seen}`);
});

test("the copies meet the photo's mesh at its edges: same point, same disparity", () => {
  const { vertices } = mirroredMesh(GRID, { minX: -1, maxX: 3, minY: -1, maxY: 1 });
  const onEdge = new Map<string, Set<number>>();
  for (let at = 0; at < vertices.length; at += VERTEX_FLOATS) {
    const [x = 0, y = 0, d = 0] = vertices.subarray(at);
    if (x !== 1) continue;
    const key = y.toFixed(5);
    onEdge.set(key, (onEdge.get(key) ?? new Set()).add(d));
  }
  assert.ok(onEdge.size > 5);
  for (const disparities of onEdge.values()) assert.equal(disparities.size, 1);
});
