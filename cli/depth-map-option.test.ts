/** Your own depth map on the command line. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { polarityNote } from "./depth-map-option.js";

test("a depth pass without a polarity is remarked on", () => {
  assert.match(polarityNote({ depthMap: "a/pass.EXR" }) ?? "", /pass\.EXR .*--polarity distance/);
  assert.equal(polarityNote({ depthMap: "pass.exr", polarity: "near-is-white" }), undefined);
  assert.equal(polarityNote({ depthMap: "map.png" }), undefined);
  assert.equal(polarityNote({}), undefined);
});
