/** When a depth map gets the note that it was stretched over its photo. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stretchNote } from "./note.js";

const PHOTO = { width: 900, height: 600 };

test("what rounding makes of a map, or a model's grid, is not noted", () => {
  for (const [width, height] of [
    [900, 600],
    [256, 171],
    [3, 2],
    [518, 347],
    [518, 342],
  ] as const) {
    assert.equal(stretchNote({ width, height }, PHOTO), undefined, `${width}×${height}`);
  }
});

test("another aspect is noted with both sizes", () => {
  const found = stretchNote({ width: 518, height: 336 }, PHOTO);
  assert.equal(found?.code, "DEPTH_STRETCHED");
  assert.deepEqual(found.metadata, { depth_size: "518×336", photo_size: "900×600" });
});
