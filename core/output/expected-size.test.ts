/** Which animated pictures are expected to be large. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveOutputs } from "../spec/resolve-outputs.js";
import { largeOutputNotes } from "./expected-size.js";
import type { OutputRequest } from "./spec.js";

const CLIP = { durationSeconds: 3, frameRate: { numerator: 30, denominator: 1 } };
const FRAME = { width: 1280, height: 854 };

const largeOnes = (...requests: OutputRequest[]) =>
  largeOutputNotes(resolveOutputs(requests, CLIP.frameRate), CLIP, FRAME).map(
    ({ metadata }) => metadata.output,
  );

test("pictures of a video's size are large, those for web pages and those with a limit are not", () => {
  const small = { maxLongestSide: 640, maxFrameRate: 15 };
  const [gif, webp, apng] = ["gif", "webp", "apng"].map((container) => ({ container }));
  assert.deepEqual(largeOnes({}, gif ?? {}, webp ?? {}, apng ?? {}), [
    "video.gif",
    "video.webp",
    "video.apng",
  ]);
  assert.deepEqual(
    largeOnes({ ...gif, ...small }, { ...webp, quality: 50 }, { ...apng, maxSizeBytes: 5e6 }),
    [],
  );
});
