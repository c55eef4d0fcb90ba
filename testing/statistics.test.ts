/** Percentiles and slopes of small samples. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { percentile, slope } from "./statistics.js";

test("a percentile is the sample at the nearest rank, whatever the order of the samples", () => {
  const values = [5, 1, 4, 2, 3];
  assert.equal(percentile(values, 0.5), 3);
  assert.equal(percentile(values, 0.95), 5);
  assert.equal(percentile(values, 0.2), 1);
  assert.equal(percentile(values, 0), 1);
  assert.ok(Number.isNaN(percentile([], 0.5)));
});

test("the slope of a line is found despite symmetric noise", () => {
  const line = [0, 1, 2, 3].map((x): [number, number] => [x, 7 - 2 * x]);
  assert.equal(slope(line), -2);
  const noisy = line.flatMap(([x, y]): [number, number][] => [
    [x, y + 1],
    [x, y - 1],
  ]);
  assert.equal(slope(noisy), -2);
});
