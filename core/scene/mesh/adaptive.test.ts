/** The adaptive mesh stays near the grid it is taken from, and covers the photo without cracks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../testing/random.js";
import { adaptiveMesh, sample } from "./adaptive.js";
import { type Mesh, VERTEX_FLOATS } from "./mesh.js";

const SIDE = 65;
const SIZE = { width: 80, height: 50 };

/** A slope with boxes on it. */
function map(): Uint16Array {
  const random = seededRandom(4);
  const values = new Uint16Array(SIZE.width * SIZE.height).map(
    (_, i) => 20_000 + 200 * (i % SIZE.width),
  );
  for (let box = 0; box < 5; box++) {
    const left = Math.floor(random() * 60);
    const top = Math.floor(random() * 35);
    for (let y = top; y < top + 12; y++) {
      values.fill(60_000, y * SIZE.width + left, y * SIZE.width + left + 15);
    }
  }
  return values;
}

interface Corner {
  readonly x: number;
  readonly y: number;
  readonly d: number;
}

function triangles({ vertices, indices }: Mesh): Corner[][] {
  const corner = (index: number): Corner => {
    const [x = 0, y = 0, d = 0] = vertices.subarray(VERTEX_FLOATS * index);
    return { x, y, d };
  };
  return Array.from({ length: indices.length / 3 }, (_, i) =>
    [...indices.subarray(3 * i, 3 * i + 3)].map(corner),
  );
}

const cross = (a: Corner, b: Corner, p: { x: number; y: number }) =>
  (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);

/** Disparities of the triangles over a point; several on an edge. */
function disparitiesAt(all: readonly Corner[][], p: { x: number; y: number }): number[] {
  return all.flatMap(([a, b, c]) => {
    if (!a || !b || !c) return [];
    const area = cross(a, b, c);
    const weights = [cross(b, c, p) / area, cross(c, a, p) / area, cross(a, b, p) / area];
    if (weights.some((weight) => weight < -1e-6)) return [];
    const [wa = 0, wb = 0, wc = 0] = weights;
    return [wa * a.d + wb * b.d + wc * c.d];
  });
}

for (const maxError of [0.2, 0.05, 0.01]) {
  test(`hardly a sample of the grid is farther than ${maxError} from the mesh over it, none twice as far`, () => {
    const disparity = map();
    const all = triangles(adaptiveMesh(disparity, SIZE, SIDE, maxError));
    let far = 0;
    let looked = 0;
    for (let row = 0; row < SIDE; row += 3) {
      for (let column = 0; column < SIDE; column += 3) {
        const u = column / (SIDE - 1);
        const v = row / (SIDE - 1);
        const over = disparitiesAt(all, { x: 2 * u - 1, y: 1 - 2 * v });
        assert.ok(over.length > 0, `nothing over ${u}, ${v}`);
        for (const d of over) {
          const error = Math.abs(d - sample(disparity, SIZE, u, v));
          assert.ok(error <= 2 * maxError + 1e-5, `${error} at ${u}, ${v}`);
          looked += 1;
          if (error > maxError + 1e-5) far += 1;
        }
      }
    }
    assert.ok(far <= 0.02 * looked, `${far} of ${looked}`);
  });
}

test("the triangles tile the photo: their areas sum to its area", () => {
  const all = triangles(adaptiveMesh(map(), SIZE, SIDE, 0.02));
  const area = all.reduce(
    (sum, [a, b, c]) => sum + (a && b && c ? Math.abs(cross(a, b, c)) / 2 : 0),
    0,
  );
  assert.ok(Math.abs(area - 4) < 1e-6);
});

test("a map of one value needs two triangles", () => {
  const flat = new Uint16Array(SIZE.width * SIZE.height).fill(30_000);
  assert.equal(adaptiveMesh(flat, SIZE, SIDE, 0.001).indices.length, 6);
});

test("a smaller error needs more triangles", () => {
  const count = (maxError: number) => adaptiveMesh(map(), SIZE, SIDE, maxError).indices.length;
  assert.ok(count(0.3) < count(0.05) && count(0.05) < count(0.005));
});
