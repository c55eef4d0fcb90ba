import assert from "node:assert/strict";
import { test } from "node:test";
import { readDeadline, refusePassed } from "./deadline.js";

const NOW_MS = Date.UTC(2026, 0, 31);

test("a deadline is a time, or absent", () => {
  assert.equal(readDeadline(undefined), null);
  assert.equal(readDeadline(new Date(NOW_MS)), NOW_MS);
  const refused = { reason: "PARAMETER_OUT_OF_RANGE", metadata: { field: "deadline" } };
  assert.throws(() => readDeadline(new Date(Number.NaN)), refused);
});

test("only what lies in the future is one", () => {
  refusePassed(null, NOW_MS);
  refusePassed(NOW_MS + 1, NOW_MS);
  assert.throws(() => refusePassed(NOW_MS, NOW_MS), {
    reason: "PARAMETER_OUT_OF_RANGE",
    metadata: {
      field: "deadline",
      actual: "2026-01-31T00:00:00.000Z",
      limit_minimum: "2026-01-31T00:00:00.000Z",
    },
  });
});
