/** Which outputs get a short first fragment. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { earlyStart } from "./early-start.js";

const encoder = { forcedKeyFrames: ["-forced-idr", "1"] };

test("a key frame is asked for behind the first frames, and where the next would have been", () => {
  const options = ["-force_key_frames", "expr:eq(n,6)+eq(n,15)", "-forced-idr", "1"];
  assert.deepEqual(earlyStart({}, encoder, 15), options);
});

test("none where the output sets the distance, the fragments are short, or the encoder cannot", () => {
  assert.deepEqual(earlyStart({ gopFrames: 15 }, encoder, 15), []);
  assert.deepEqual(earlyStart({}, encoder, 11), []);
  assert.deepEqual(earlyStart({}, {}, 15), []);
});
