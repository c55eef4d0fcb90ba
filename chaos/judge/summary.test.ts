/** The figures of a series, and the part of the log that belongs to a run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { linesSince } from "./evidence.js";
import { summarize } from "./summary.js";

test("a series without faults has recovery times of 0", () => {
  assert.deepEqual(summarize(1, [], 0).recoveryMs, { p50: 0, p95: 0, most: 0 });
});

test("a log is cut at a time, and a line that is not JSON belongs to the line before it", () => {
  const at = (second: number) => `{"time":"2026-01-01T00:00:0${second}.000Z"}`;
  const log = [at(1), "old trace", at(3), "new trace", ""].join("\n");
  assert.deepEqual(linesSince(log, Date.parse("2026-01-01T00:00:02Z")), [at(3), "new trace"]);
});
