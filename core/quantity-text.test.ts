/** Times and sizes as people read them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { durationText, sizeText } from "./quantity-text.js";

test("times and sizes are shown in the unit that a person reads", () => {
  const times = [0.44, 4.25, 42.4, 185, 7800, 86_400 * 3].map(durationText);
  assert.deepEqual(times, ["0.4 s", "4.3 s", "42 s", "3 min 5 s", "2 h 10 min", "3 days"]);
  const sizes = [712, 3400, 1_250_000, 2_000_000_000].map(sizeText);
  assert.deepEqual(sizes, ["712 B", "3.4 kB", "1.25 MB", "2.00 GB"]);
});
