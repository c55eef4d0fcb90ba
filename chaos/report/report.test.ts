/** Figures and excerpts of a series. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { linesSince } from "./evidence.js";
import { percentile } from "./summary.js";

test("percentiles are values that occurred", () => {
  assert.equal(percentile([], 0.5), 0);
  assert.equal(percentile([30, 10, 20], 0.5), 20);
  assert.equal(percentile([30, 10, 20], 1), 30);
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  assert.equal(percentile(hundred, 0.95), 95);
});

test("a log is cut at a time, and a line that is no JSON belongs to the one before", () => {
  const at = (second: number) => `{"time":"2026-01-01T00:00:0${second}.000Z"}`;
  const log = [at(1), "old trace", at(3), "new trace", ""].join("\n");
  assert.deepEqual(linesSince(log, Date.parse("2026-01-01T00:00:02Z")), [at(3), "new trace"]);
});
