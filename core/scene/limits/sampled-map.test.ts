/** A thinned map keeps silhouettes, and knows the steepest step that it has left out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sampledMap } from "./sampled-map.js";

test("samples lie in the middle of their cells, and hold the highest step to their neighbors", () => {
  const size = { width: 12, height: 6 };
  const rows = [
    [0, 0, 0, 0, 1000, 1000, 4000, 4000, 4000, 4000, 4000, 4000],
    [0, 0, 0, 0, 1000, 1000, 4000, 4000, 4000, 4000, 4000, 4000],
    [0, 0, 0, 0, 1000, 1000, 4000, 4000, 4000, 4000, 4000, 4000],
    [0, 0, 0, 0, 1000, 1000, 4000, 4000, 4000, 4000, 4000, 4000],
    [700, 700, 700, 700, 1000, 1000, 4000, 4000, 4000, 4000, 4000, 9000],
    [700, 700, 700, 700, 1000, 1000, 4000, 4000, 4000, 4000, 4000, 9000],
  ];
  const map = sampledMap(Uint16Array.from(rows.flat()), size, 4);
  assert.deepEqual([map.width, map.height], [4, 2]);
  const units = (values: Float32Array) => Array.from(values, (v) => Math.round(65535 * v));
  assert.deepEqual(units(map.disparity), [0, 1000, 4000, 4000, 700, 1000, 4000, 4000]);
  assert.deepEqual(units(map.stepRight), [1000, 3000, 0, 0, 0, 3000, 0, 0]);
  assert.deepEqual(units(map.stepBelow), [700, 0, 0, 0, 0, 0, 0, 0]);
});

test("a slope is no step, and steps that are never cut are not looked for", () => {
  const line = [0, 2000, 4000, 6000, 8000, 8200, 8400, 8600, 9600, 9600, 9600, 9600];
  const map = sampledMap(Uint16Array.from(line), { width: 12, height: 1 }, 3);
  assert.deepEqual(
    Array.from(map.stepRight, (v) => Math.round(65535 * v)),
    [250, 800, 0],
  );
});

test("a small map is taken as it is", () => {
  const map = sampledMap(Uint16Array.from([0, 65535, 0, 65535]), { width: 4, height: 1 });
  assert.deepEqual([...map.disparity], [0, 1, 0, 1]);
  assert.deepEqual([...map.stepRight], [1, 1, 1, 0]);
});
