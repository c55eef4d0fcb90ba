/** How many pixels a clip draws, and the limit of that. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DepthmeshError } from "../errors.js";
import { clipFrames, MAX_CLIP_FRAMES } from "../geometry/timing.js";
import type { SpecRequest } from "./request.js";
import { checkPixelFrames, pixelFrames } from "./resolve-clip.js";
import { resolveSpec } from "./resolve-spec.js";

const resolve = ({ fields }: Pick<SpecRequest, "fields">) =>
  resolveSpec(
    { fields, motions: [], outputs: [], artifacts: [] },
    { models: ["tiny"], maxFrames: MAX_CLIP_FRAMES },
  );

const UHD_30_SECONDS: Pick<SpecRequest, "fields"> = {
  fields: { "clip.duration_seconds": 30, "clip.width": 3840, "clip.height": 2160 },
};
const PHOTO = { width: 3000, height: 2000 };

test("pixel-frames are counted with supersampling, and held against the limit", () => {
  const spec = resolve(UHD_30_SECONDS);
  assert.equal(pixelFrames(spec, PHOTO), 3840 * 2160 * 900);
  checkPixelFrames(spec, PHOTO, 3840 * 2160 * 900);
  const super4 = resolve({ fields: { ...UHD_30_SECONDS.fields, "clip.ssaa": 4 } });
  assert.equal(pixelFrames(super4, PHOTO), 16 * 3840 * 2160 * 900);
  assert.throws(
    () => checkPixelFrames(super4, PHOTO, 1e10),
    (error: DepthmeshError) => {
      assert.equal(error.reason, "PARAMETER_OUT_OF_RANGE");
      assert.equal(error.metadata.limit_pixel_frames, String(1e10));
      assert.equal(error.metadata.actual_pixel_frames, String(16 * 3840 * 2160 * 900));
      return true;
    },
  );
  checkPixelFrames({ ...super4, outputs: [] }, PHOTO, 1e10);
});

test("a size that the photo decides is counted as the photo decides it", () => {
  const spec = resolve({ fields: { "clip.longest_side": 1000, "clip.duration_seconds": 1 } });
  assert.equal(clipFrames(spec.clip.durationSeconds, spec.clip.frameRate), 30);
  assert.equal(pixelFrames(spec, { width: 2000, height: 4000 }), 500 * 1000 * 30);
});
