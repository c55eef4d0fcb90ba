/** A thinned map keeps silhouettes, and knows the steepest step that it has left out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sampledMap } from "./sampled-map.js";

test("samples lie in the middle of their cells, and hold the largest step to their neighbors", () => {
  const size = { width: 12, height: 6 };
  const rows = [
    [0, 0, 0, 0, 10, 10, 40, 40, 40, 40, 40, 40],
    [0, 0, 0, 0, 10, 10, 40, 40, 40, 40, 40, 40],
    [0, 0, 0, 0, 10, 10, 40, 40, 40, 40, 40, 40],
    [0, 0, 0, 0, 10, 10, 40, 40, 40, 40, 40, 40],
    [7, 7, 7, 7, 10, 10, 40, 40, 40, 40, 40, 90],
    [7, 7, 7, 7, 10, 10, 40, 40, 40, 40, 40, 90],
  ];
  const map = sampledMap(Uint16Array.from(rows.flat()), size, 4);
  assert.deepEqual([map.width, map.height], [4, 2]);
  const units = (values: Float32Array) => Array.from(values, (v) => Math.round(65535 * v));
  assert.deepEqual(units(map.disparity), [0, 10, 40, 40, 7, 10, 40, 40]);
  assert.deepEqual(units(map.stepRight), [10, 30, 0, 0, 3, 30, 0, 0]);
  assert.deepEqual(units(map.stepBelow), [7, 0, 0, 0, 0, 0, 0, 0]);
});

test("a small map is taken as it is", () => {
  const map = sampledMap(Uint16Array.from([0, 65535, 0, 65535]), { width: 4, height: 1 });
  assert.deepEqual([...map.disparity], [0, 1, 0, 1]);
  assert.deepEqual([...map.stepRight], [1, 1, 1, 0]);
});
