/** Frame counts, sizes and bytes of a clip. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { i420Bytes } from "./i420.js";
import { clipSize } from "./size.js";
import { clipFrames } from "./timing.js";

test("frames are duration times rate, rounded", () => {
  assert.equal(clipFrames(3, { numerator: 30, denominator: 1 }), 90);
  assert.equal(clipFrames(2, { numerator: 30000, denominator: 1001 }), 60);
  assert.equal(clipFrames(0.5, { numerator: 1, denominator: 1 }), 1);
});

test("a size that is left open follows the photo, even and within the limits", () => {
  assert.deepEqual(clipSize({}, { width: 3000, height: 2000 }), { width: 1280, height: 854 });
  assert.deepEqual(clipSize({}, { width: 2000, height: 3000 }), { width: 854, height: 1280 });
  assert.deepEqual(clipSize({ width: 640 }, { width: 300, height: 200 }), {
    width: 640,
    height: 426,
  });
  assert.deepEqual(clipSize({ height: 100 }, { width: 1, height: 1 }), { width: 100, height: 100 });
  assert.deepEqual(clipSize({ width: 66, height: 640 }, { width: 9, height: 9 }), {
    width: 66,
    height: 640,
  });
  // A strip a hundred times as wide as it is high still gives a picture.
  assert.deepEqual(clipSize({}, { width: 10_000, height: 100 }), { width: 1280, height: 64 });
  assert.deepEqual(clipSize({ height: 4096 }, { width: 10_000, height: 100 }), {
    width: 4096,
    height: 4096,
  });
});

test("I420 takes one and a half bytes a pixel", () => {
  assert.equal(i420Bytes({ width: 4, height: 2 }), 12);
});
