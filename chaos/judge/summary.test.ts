/** Figures and excerpts of a series. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { linesSince } from "./evidence.js";
import { summarize } from "./summary.js";

test("a series that no fault struck recovered in no time", () => {
  assert.deepEqual(summarize(1, [], 0).recoveryMs, { p50: 0, p95: 0, most: 0 });
});

test("a log is cut at a time, and a line that is no JSON belongs to the one before", () => {
  const at = (second: number) => `{"time":"2026-01-01T00:00:0${second}.000Z"}`;
  const log = [at(1), "old trace", at(3), "new trace", ""].join("\n");
  assert.deepEqual(linesSince(log, Date.parse("2026-01-01T00:00:02Z")), [at(3), "new trace"]);
});
