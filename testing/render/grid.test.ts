/** The uniform grid covers the photo once and passes through the disparity map. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Mesh, VERTEX_FLOATS } from "../../core/scene/mesh/mesh.js";
import { gridMesh } from "./grid.js";

/** Twice the signed area of each triangle. */
function areas({ vertices, indices }: Mesh): number[] {
  const at = (vertex: number, axis: number) =>
    vertices[vertex * VERTEX_FLOATS + axis] ?? Number.NaN;
  const result: number[] = [];
  for (let i = 0; i < indices.length; i += 3) {
    const [a = -1, b = -1, c = -1] = indices.subarray(i, i + 3);
    const abx = at(b, 0) - at(a, 0);
    const aby = at(b, 1) - at(a, 1);
    result.push(abx * (at(c, 1) - at(a, 1)) - aby * (at(c, 0) - at(a, 0)));
  }
  return result;
}

test("the triangles cover the photo once, all with the same winding", () => {
  const size = { width: 37, height: 23 };
  const mesh = gridMesh(new Uint16Array(37 * 23), size, 500);
  const all = areas(mesh);
  assert.ok(Math.abs(mesh.indices.length / 6 - 500) < 60);
  assert.ok(all.every((area) => area > 0));
  const total = all.reduce((sum, area) => sum + area, 0) / 2;
  assert.ok(Math.abs(total - 4) < 1e-4, `${total}`);
});

test("each vertex has the bilinear disparity at its position", () => {
  const [width, height] = [20, 10];
  const map = Uint16Array.from({ length: width * height }, (_, i) => 3000 * (i % width));
  const { vertices } = gridMesh(map, { width, height }, 150);
  for (let i = 0; i < vertices.length; i += VERTEX_FLOATS) {
    const column = (((vertices[i] ?? 0) + 1) / 2) * width - 0.5;
    const expected = (3000 * Math.min(width - 1, Math.max(0, column))) / 65535;
    assert.ok(Math.abs((vertices[i + 2] ?? 0) - expected) < 1e-6);
  }
});

test("a map of one texel and a grid of one cell work", () => {
  const mesh = gridMesh(new Uint16Array([65535]), { width: 1, height: 1 }, 1);
  assert.equal(mesh.indices.length, 6);
  assert.deepEqual([...mesh.vertices.subarray(0, 3)], [-1, 1, 1]);
});
