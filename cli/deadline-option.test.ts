import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDeadline } from "./deadline-option.js";

const NOW_MS = Date.UTC(2026, 0, 31, 12);

test("a deadline is so many seconds from now, or a time with its zone", () => {
  assert.equal(parseDeadline("1.5", NOW_MS).getTime(), NOW_MS + 1500);
  assert.equal(parseDeadline("2026-01-31T12:00:07Z", NOW_MS).getTime(), NOW_MS + 7000);
  assert.equal(parseDeadline("2026-01-31T13:00+01:00", NOW_MS).getTime(), NOW_MS);
});

test("what is neither is refused with what was given", () => {
  for (const text of ["", " ", "soon", "2026-01-31", "2026-01-31T12:00:00", "1e20", "Infinity"]) {
    assert.throws(() => parseDeadline(text, NOW_MS), {
      reason: "PARAMETER_OUT_OF_RANGE",
      metadata: { field: "deadline", actual: text },
    });
  }
});
