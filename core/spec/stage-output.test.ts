/**
 * Outputs of stages in the job record: those of earlier versions are read, damaged ones refused.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { depthOutputOf, encodeOutputOf } from "./stage-output.js";

const RASTER = { sha256: "a".repeat(64), width: 4, height: 3 };
const DEPTH = {
  photo: RASTER,
  alpha: null,
  disparity: RASTER,
  thumbnail: RASTER,
  cacheHit: false,
  postProcessingVersion: 3,
  source: { model: "none", modelSha256: "", provider: "cpu" },
  resultKey: null,
};
const ENCODE = {
  sizeBytes: 9,
  frames: 3,
  fragments: { sha256: "b".repeat(64), sizeBytes: 5, attempt: "x" },
};

test("an output is read as it was stored, with fields of later versions", () => {
  assert.deepEqual(depthOutputOf({ ...DEPTH, later: 1 }), { ...DEPTH, later: 1 });
  assert.deepEqual(encodeOutputOf(ENCODE), ENCODE);
  assert.deepEqual(encodeOutputOf({ ...ENCODE, fragments: null }), { ...ENCODE, fragments: null });
});

test("an output that is absent, incomplete or of another type is refused", () => {
  const refused = { reason: "INTERNAL" };
  for (const read of [depthOutputOf, encodeOutputOf]) {
    for (const value of [undefined, null, [], "x", {}]) assert.throws(() => read(value), refused);
  }
  const { resultKey: _resultKey, alpha: _alpha, ...required } = DEPTH;
  assert.deepEqual(
    depthOutputOf(required),
    DEPTH,
    "records of before the result cache have no key, and those of before transparency no alpha",
  );
  for (const key of Object.keys(required)) {
    assert.throws(() => depthOutputOf({ ...DEPTH, [key]: undefined }), refused, key);
  }
  const noWidth = { ...DEPTH, photo: { ...RASTER, width: "4" } };
  assert.throws(() => depthOutputOf(noWidth), {
    message: "stored data is damaged: the depth stage's output.photo.width must be a finite number",
  });
  assert.throws(() => encodeOutputOf({ ...ENCODE, frames: Number.NaN }), refused);
});
