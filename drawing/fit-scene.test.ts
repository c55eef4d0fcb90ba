/** Scenes that exceed the driver's limits are scaled, lowered or refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkFrame, fittingFactor, sceneNotes } from "./fit-scene.js";

const LIMITS = { textureSidePixels: 1000, frameSidePixels: 800 };

test("a frame beyond the driver's limit is refused with the limit and the side", () => {
  checkFrame({ width: 800, height: 800 }, LIMITS);
  assert.throws(() => checkFrame({ width: 640, height: 802 }, LIMITS), {
    reason: "PARAMETER_OUT_OF_RANGE",
    metadata: { field: "clip.height", actual: "802", limit_maximum: "800" },
  });
});

test("each raster that is scaled down gets its own note", () => {
  const codes = (photo: [number, number], map: [number, number]) =>
    sceneNotes(size(photo), size(map), LIMITS).map(({ code }) => code);
  assert.deepEqual(codes([900, 600], [450, 300]), []);
  assert.deepEqual(codes([1500, 1000], [450, 300]), ["PHOTO_SCALED"]);
  assert.deepEqual(codes([900, 600], [1350, 900]), ["DEPTH_SCALED"]);
});

test("a map of another aspect is noted, but not one whose aspect differs only by rounding", () => {
  const isStretched = (photo: [number, number], map: [number, number]) =>
    sceneNotes(size(photo), size(map), LIMITS).some(({ code }) => code === "DEPTH_STRETCHED");
  assert.ok(!isStretched([900, 601], [256, 171]));
  assert.ok(!isStretched([640, 480], [4, 3]));
  assert.ok(!isStretched([999, 10], [100, 1]));
  assert.ok(isStretched([900, 600], [300, 300]));
  assert.ok(isStretched([900, 600], [200, 300]));
});

function size([width, height]: [number, number]) {
  return { width, height };
}

const HD = { width: 1920, height: 1080 };

test("supersampling within the driver's limit stays, without a note", () => {
  for (const asked of [1, 2, 3, 4]) {
    assert.deepEqual(fittingFactor(asked, HD, 8192), { factor: asked, notes: [] });
  }
});

test("supersampling beyond the driver's limit is lowered, with a note that has the numbers", () => {
  const { factor, notes } = fittingFactor(4, HD, 4096);
  assert.equal(factor, 2);
  assert.deepEqual(
    notes.map(({ code, metadata }) => [code, metadata]),
    [["SSAA_LOWERED", { asked: "4", actual: "2", limit_side_pixels: "4096" }]],
  );
  assert.equal(fittingFactor(3, { width: 64, height: 4000 }, 4096).factor, 1);
});

test("a picture that is itself larger than the limit keeps the factor 1", () => {
  assert.deepEqual(fittingFactor(1, { width: 9000, height: 64 }, 8192), { factor: 1, notes: [] });
});
