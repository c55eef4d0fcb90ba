/** The scene is drawn as large as was asked for, or as the driver allows, and says so. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fittingFactor } from "./supersampling.js";

const HD = { width: 1920, height: 1080 };

test("what the driver can draw is drawn without a note", () => {
  for (const asked of [1, 2, 3, 4]) {
    assert.deepEqual(fittingFactor(asked, HD, 8192), { factor: asked, notes: [] });
  }
});

test("what it cannot is lowered, with a note that has the numbers", () => {
  const { factor, notes } = fittingFactor(4, HD, 4096);
  assert.equal(factor, 2);
  assert.deepEqual(
    notes.map(({ code, metadata }) => [code, metadata]),
    [["SSAA_LOWERED", { asked: "4", actual: "2", limit_side_pixels: "4096" }]],
  );
  assert.equal(fittingFactor(3, { width: 64, height: 4000 }, 4096).factor, 1);
});

test("a picture beyond the limit is not made smaller here", () => {
  assert.deepEqual(fittingFactor(1, { width: 9000, height: 64 }, 8192), { factor: 1, notes: [] });
});
