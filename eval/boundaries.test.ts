/** The scores of maps against the truth, on steps whose scores are known. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { boundaries, mapScores } from "./boundaries.js";

const size = { width: 80, height: 40 };
const map = (value: (x: number, y: number) => number) =>
  Float32Array.from({ length: 3200 }, (_, i) => value(i % 80, Math.floor(i / 80)));
const step = (at: number) => map((x) => (x < at ? 0.2 : 0.8));

test("the truth itself has no error, and all boundaries", () => {
  const scores = mapScores(step(40), step(40), size);
  assert.deepEqual(scores, { rmse: 0, bandRmse: 0, f1: 1, f2: 1, texture: 0 });
  assert.equal(boundaries(step(40), size).filter(Boolean).length, 40);
});

test("a step that is two pixels off counts within two pixels, and one that is three off does not", () => {
  const off = (pixels: number) => {
    const { f1, f2 } = mapScores(step(40 + pixels), step(40), size);
    return [f1, f2];
  };
  assert.deepEqual(off(1), [1, 1]);
  assert.deepEqual(off(2), [0, 1]);
  assert.deepEqual(off(3), [0, 0]);
});

test("the error is that of the pixels that differ, and of those near a boundary", () => {
  const { rmse, bandRmse } = mapScores(step(44), step(40), size);
  assert.ok(Math.abs(rmse - 0.6 * Math.sqrt(4 / 80)) < 1e-6);
  // Distances below 12 from column 39: 23 columns.
  assert.ok(Math.abs(bandRmse - 0.6 * Math.sqrt(4 / 23)) < 1e-6);
});

test("texture counts away from boundaries only, and a slope of the truth is none", () => {
  const slope = (x: number) => 0.004 * x;
  const truth = map((x) => slope(x) + (x < 40 ? 0 : 0.4));
  const ripple = (x: number) => 0.001 * (x % 2);
  assert.equal(mapScores(truth, truth, size).texture, 0);
  const textured = truth.map((value, i) => value + ripple(i % 80));
  assert.ok(Math.abs(mapScores(textured, truth, size).texture - 1) < 1e-2);
  const edgeOnly = truth.map(
    (value, i) => value + (Math.abs((i % 80) - 39) < 8 ? ripple(i % 80) : 0),
  );
  assert.ok(mapScores(edgeOnly, truth, size).texture < 1e-6);
});
