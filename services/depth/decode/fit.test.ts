/** The size at which a photo is decoded depends on what the job makes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_CLIP_FRAMES } from "../../../core/geometry/timing.js";
import type { SpecRequest } from "../../../core/spec/request.js";
import { resolveSpec } from "../../../core/spec/resolve-spec.js";
import { fittedSize, photoFit } from "./fit.js";

const PHOTO = { width: 6000, height: 4000 };

function decodedWidth(request: Partial<SpecRequest>): number {
  const limits = { models: ["tiny"], maxFrames: MAX_CLIP_FRAMES };
  const asked = { fields: {}, motions: [], outputs: [], artifacts: [], ...request };
  return fittedSize(photoFit(resolveSpec(asked, limits), 300), PHOTO).width;
}

test("a job that makes only a depth map decodes the photo at the size of the map", () => {
  assert.equal(decodedWidth({ artifacts: ["depth"] }), 300);
});

test("a job with a video, a poster or a strip decodes the photo at the size of the clip", () => {
  const video = decodedWidth({});
  assert.ok(video >= 1280, `${video}`);
  for (const artifact of ["poster", "strip"] as const) {
    assert.equal(decodedWidth({ artifacts: ["depth", artifact] }), video);
  }
});

test("a camera that comes close needs more detail of the photo", () => {
  const close = decodedWidth({ fields: { "camera.zoom": 0.25 } });
  assert.ok(close > 2 * decodedWidth({}), `${close}`);
});
