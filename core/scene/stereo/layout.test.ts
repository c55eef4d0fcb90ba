/** Sizes of stereo frames, and where the views lie in them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MONO, STEREO_LAYOUTS, type StereoLayout, stereoFrame, viewRectangles } from "./layout.js";

const PHOTO = { width: 3000, height: 2000 };
const CLIP = { width: 600, height: 400 };
const frameOf = (layout: StereoLayout, clip: Parameters<typeof stereoFrame>[0] = CLIP) =>
  stereoFrame(clip, { ...MONO, layout }, PHOTO);

test("a full layout doubles a side of the clip, a half one and an anaglyph keep it", () => {
  const sizes = STEREO_LAYOUTS.filter((layout) => layout !== "vr180").map((layout) => {
    const { frame, eye } = frameOf(layout);
    assert.deepEqual(eye.frame, CLIP, layout);
    return [layout, frame.width, frame.height];
  });
  assert.deepEqual(sizes, [
    ["none", 600, 400],
    ["side-by-side", 1200, 400],
    ["side-by-side-half", 600, 400],
    ["top-bottom", 600, 800],
    ["top-bottom-half", 600, 400],
    ["anaglyph", 600, 400],
  ]);
});

test("views fill the frame, the first on the left or above", () => {
  for (const layout of STEREO_LAYOUTS) {
    const frame = { width: 600, height: 400 };
    const parts = viewRectangles(layout, frame);
    if (layout === "none" || layout === "anaglyph") {
      assert.deepEqual(parts, []);
      continue;
    }
    const [first, second] = parts;
    const beside = layout.startsWith("side") || layout === "vr180";
    assert.deepEqual([first?.x, first?.y], [0, 0]);
    assert.deepEqual([second?.x, second?.y], beside ? [300, 0] : [0, 200]);
    const area = parts.reduce((sum, { width, height }) => sum + width * height, 0);
    assert.equal(area, frame.width * frame.height);
  }
});

test("VR180 is two squares of the longer side, with a view of as many pixels per degree", () => {
  const { frame, eye } = frameOf("vr180", { longestSide: 1000 });
  assert.deepEqual(frame, { width: 2000, height: 1000 });
  // 90° of 1000 pixels for 180°: 2·tan 45° / π = 0.637 of them.
  assert.deepEqual(eye.frame, { width: 636, height: 424 });
  const tall = stereoFrame(
    { longestSide: 1000 },
    { ...MONO, layout: "vr180" },
    {
      width: 2000,
      height: 3000,
    },
  );
  assert.deepEqual(tall.frame, frame);
  assert.deepEqual(tall.eye.frame, { width: 424, height: 636 });
  const wide = { ...MONO, layout: "vr180", fieldOfViewDegrees: 120 } as const;
  assert.equal(stereoFrame({ longestSide: 1000 }, wide, PHOTO).eye.frame.width, 1102);
});

test("a padded view keeps its bars in every layout", () => {
  for (const layout of STEREO_LAYOUTS) {
    const { eye } = frameOf(layout, { width: 600, height: 600, fit: "pad" });
    assert.ok(eye.picture.height < eye.frame.height, layout);
  }
});
