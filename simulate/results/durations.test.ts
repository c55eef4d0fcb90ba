/** Percentiles within a percent, sums over time exactly. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { percentile } from "../../testing/statistics.js";
import { randomStream } from "../engine/random.js";
import { Durations } from "./durations.js";
import { Level } from "./level.js";

test("percentiles are within a percent of those of all values", () => {
  const random = randomStream(3, "durations");
  const values = Array.from({ length: 10_000 }, () => 1e-3 * Math.exp(12 * random()));
  const durations = new Durations();
  for (const value of values) durations.add(value);
  for (const p of [0.01, 0.5, 0.95, 0.99, 1]) {
    const expected = percentile(values, p);
    const found = durations.percentile(p);
    assert.ok(Math.abs(found / expected - 1) < 0.0101, `${p}: ${found}, not ${expected}`);
  }
});

test("nothing waits in an empty queue, and no wait counts as none", () => {
  const durations = new Durations();
  assert.deepEqual([durations.percentile(0.5), durations.mean], [0, 0]);
  durations.add(0);
  assert.equal(durations.percentile(0.99), 0);
});

test("a level's sum over time", () => {
  const level = new Level();
  level.add(2, 1);
  level.add(-1, 4);
  assert.equal(level.area(6), 8);
  assert.deepEqual([level.value, level.highest], [1, 2]);
});
