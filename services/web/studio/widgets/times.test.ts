/** Times in words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agoText, betweenText, untilText } from "./times.js";

const NOW = Date.UTC(2026, 0, 10);
const at = (seconds: number) => new Date(NOW + 1000 * seconds).toISOString();

test("an age is told in the largest unit that fits", () => {
  const ages = [-1, -59, -61, -3601, -49 * 3600, 30].map((s) => agoText(at(s), NOW, "now"));
  assert.deepEqual(ages, ["now", "59 s", "1 min", "1 h", "2 days", "now"]);
  assert.equal(agoText(undefined, NOW, "now"), "");
});

test("a duration goes to its end or to now, and the end to come is told until it has come", () => {
  assert.equal(betweenText(at(-10), at(-8), NOW), "2.0 s");
  assert.equal(betweenText(at(-10), undefined, NOW), "10 s");
  assert.equal(betweenText(at(5), undefined, NOW), "0.0 s");
  assert.equal(untilText(at(20), NOW), "20 s");
  assert.equal(untilText(at(-1), NOW), undefined);
});
