/** Which labels a job may have. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkedLabels } from "./labels.js";

const REFUSED = { reason: "PARAMETER_OUT_OF_RANGE" };

test("names of photos in any language are labels", () => {
  const labels = { photo: "Küche – 家 📷.jpg", empty: "", [`k${"a".repeat(62)}`]: "ü".repeat(63) };
  assert.deepEqual(checkedLabels(labels), labels);
  assert.deepEqual(checkedLabels({}), {});
});

test("too many, too long and unprintable labels are refused", () => {
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, ""]));
  for (const labels of [
    many,
    { "": "" },
    { "two words": "" },
    { ["k".repeat(64)]: "" },
    { ключ: "" },
    { photo: "a".repeat(64) },
    { photo: "two\nlines" },
    { photo: "bell\u0007" },
    { photo: "\u2028" },
    { photo: "\ud800" },
  ]) {
    assert.throws(() => checkedLabels(labels), REFUSED, JSON.stringify(labels).slice(0, 60));
  }
});
