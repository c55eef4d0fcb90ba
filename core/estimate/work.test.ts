/** The numbers that decide how long a job takes survive the record. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SpecRequest } from "../spec/request.js";
import { resolveSpec } from "../spec/resolve-spec.js";
import { STORED_WORK, workOf } from "./work.js";

const PHOTO = { width: 1280, height: 720 };
const work = (request: Partial<SpecRequest>) =>
  workOf(
    resolveSpec(
      { fields: {}, motions: [], outputs: [], artifacts: [], ...request },
      { models: ["auto", "tiny"], maxFrames: 3600 },
    ),
    PHOTO,
  );

const SECOND = { "clip.duration_seconds": 1, "clip.width": 640, "clip.height": 360 };

test("a video is its pixels, with supersampling and both eyes where they are drawn", () => {
  const plain = work({ fields: SECOND, outputs: [{}, { container: "webm", bitrateKbps: 800 }] });
  assert.equal(plain.photoPixels, 1280 * 720);
  assert.equal(plain.pixelFrames, 640 * 360 * 30);
  assert.deepEqual(plain.outputs, [
    { format: "mp4 h264 fast", rate: plain.outputs[0]?.rate, size: 640 * 360 * 30 },
    { format: "webm vp9 fast", rate: "bitrate", size: 100_000 },
  ]);
  assert.match(plain.outputs[0]?.rate ?? "", /^crf \d+$/);
  assert.deepEqual([plain.depth, plain.drawing], ["auto", "fill"]);
  const fine = work({ fields: { ...SECOND, "clip.ssaa": 2, "stereo.layout": "side-by-side" } });
  assert.equal(fine.drawing, "fill stereo");
  assert.ok(fine.pixelFrames >= 4 * plain.pixelFrames);
});

test("a map of the caller's own, stills and limited files are kinds of their own", () => {
  assert.equal(work({ depthMap: {} }).depth, "own map");
  const still = work({ artifacts: ["poster"] });
  assert.deepEqual([still.pixelFrames, still.outputs], [0, []]);
  const [gif] = work({ outputs: [{ container: "gif", maxSizeBytes: 1_000_000 }] }).outputs;
  assert.equal(gif?.maxBytes, 1_000_000);
  assert.match(gif?.rate ?? "", / limited$/);
});

test("what is stored is read again, and damage is found", () => {
  const made = work({ outputs: [{}, { container: "gif" }] });
  assert.deepEqual(STORED_WORK(JSON.parse(JSON.stringify(made)), "work"), made);
  assert.throws(() => STORED_WORK({ ...made, outputs: [{ format: 3 }] }, "work"), {
    reason: "INTERNAL",
  });
});
