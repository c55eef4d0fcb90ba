/** Frame counts and bytes of a clip. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { i420Bytes } from "./size.js";
import { clipFrames } from "./timing.js";

test("frames are duration times rate, rounded", () => {
  assert.equal(clipFrames(3, { numerator: 30, denominator: 1 }), 90);
  assert.equal(clipFrames(2, { numerator: 30000, denominator: 1001 }), 60);
  assert.equal(clipFrames(0.5, { numerator: 1, denominator: 1 }), 1);
});

test("I420 takes one and a half bytes a pixel", () => {
  assert.equal(i420Bytes({ width: 4, height: 2 }), 12);
});
