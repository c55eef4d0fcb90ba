/** How long the records of ended jobs are kept, by their final state. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HOUR_MS, isExpired } from "./retention.js";

const HOURS = { keepSucceededHours: 3, keepFailedHours: 5, keepCancelledHours: 1 };
const ended = (state: "SUCCEEDED" | "FAILED" | "CANCELLED" | "EXPIRED") =>
  ({ id: "j", state, endedAtMs: 1_000, lastEntry: 2 }) as const;

for (const [state, hours] of [
  ["SUCCEEDED", 3],
  ["FAILED", 5],
  ["CANCELLED", 1],
  ["EXPIRED", 1],
] as const) {
  test(`${state} is kept for its hours, and not a millisecond longer`, () => {
    const expiresAtMs = 1_000 + hours * HOUR_MS;
    assert.equal(isExpired(ended(state), HOURS, expiresAtMs - 1), false);
    assert.equal(isExpired(ended(state), HOURS, expiresAtMs), true);
  });
}

test("0 hours keep nothing", () => {
  assert.equal(isExpired(ended("FAILED"), { ...HOURS, keepFailedHours: 0 }, 1_000), true);
});
