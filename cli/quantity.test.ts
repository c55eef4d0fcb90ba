/** Times and sizes with units. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { durationMs, parseDuration, sizeBytes } from "./quantity.js";

test("a length of time has a unit, in any case, with or without a space", () => {
  const texts = ["500ms", "3s", "1.5 s", "2min", "2m", "12h", "7d", "1W"];
  assert.deepEqual(
    texts.map(durationMs),
    [500, 3000, 1500, 120_000, 120_000, 43_200_000, 604_800_000, 604_800_000],
  );
  for (const wrong of ["3", "s", "-3s", "3 seconds", "3s4", "1e3s", ""]) {
    assert.equal(durationMs(wrong), undefined, wrong);
    assert.throws(() => parseDuration(wrong), { reason: "PARAMETER_OUT_OF_RANGE" });
  }
});

test("a size is decimal or binary", () => {
  assert.deepEqual(
    ["5MB", "800kB", "2MiB", "1 gb", "4096b"].map(sizeBytes),
    [5_000_000, 800_000, 2_097_152, 1_000_000_000, 4096],
  );
  for (const wrong of ["5", "MB", "5 M", "5mbit"]) assert.equal(sizeBytes(wrong), undefined, wrong);
});
