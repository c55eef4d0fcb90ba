/** Memory that rises and falls by turns is flat, and a leak below it is seen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { slope } from "../testing/statistics.js";
import { floors } from "./soak.js";

/**
 * 60 MiB of garbage in 150 jobs, collected at once, above memory that grows by `leak` MiB per job.
 */
const sawtooth = (leak: number) =>
  Array.from({ length: 28 }, (_, i) => {
    const jobs = 650 + 50 * i;
    return { jobs, mib: 100 + leak * jobs + 20 * (i % 3) };
  });

test("garbage that is collected later does not raise the floor", () => {
  assert.equal(slope(floors(sawtooth(0))), 0);
});

test("a leak raises the floor by what it leaks", () => {
  assert.ok(Math.abs(100 * slope(floors(sawtooth(0.02))) - 2) < 0.2);
});
