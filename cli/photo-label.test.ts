/** The name of a photo as a label that the gateway takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkedLabels } from "../services/gateway/upload/labels.js";
import { labelsOf } from "./photo-label.js";

test("the label is the file's name without its folder", () => {
  assert.deepEqual(labelsOf({ photo: "holiday/beach 1.jpg" }), { photo: "beach 1.jpg" });
});

test("every file name becomes a label that the gateway takes", () => {
  for (const name of [
    `${"long".repeat(60)}.jpeg`,
    `${"🏖".repeat(80)}.png`,
    "line\nbreak\t.jpg",
    "bad \ud800 half.jpg",
    `no-extension-${"x".repeat(100)}`,
    `a.${"y".repeat(100)}`,
    "\u202eright-to-left.jpg",
  ]) {
    const labels = labelsOf({ photo: `/photos/${name}` });
    assert.deepEqual(checkedLabels(labels), labels, name);
  }
  const { photo = "" } = labelsOf({ photo: `${"x".repeat(200)}.jpeg` });
  assert.match(photo, /^x+….jpeg$/);
});
