/** Times and sizes with units. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { durationMs, durationText, parseDuration, sizeBytes, sizeText } from "./quantity.js";

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

test("times and sizes are shown in the unit that a person reads", () => {
  const times = [0.44, 4.25, 42.4, 185, 7800, 86_400 * 3].map(durationText);
  assert.deepEqual(times, ["0.4 s", "4.3 s", "42 s", "3 min 5 s", "2 h 10 min", "3 days"]);
  const sizes = [712, 3400, 1_250_000, 2_000_000_000].map(sizeText);
  assert.deepEqual(sizes, ["712 B", "3.4 kB", "1.25 MB", "2.00 GB"]);
});
