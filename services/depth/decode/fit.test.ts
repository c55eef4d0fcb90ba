/** What of a photo is kept, by what a job makes of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_CLIP_FRAMES } from "../../../core/geometry/timing.js";
import type { SpecRequest } from "../../../core/spec/request.js";
import { resolveSpec } from "../../../core/spec/resolve-spec.js";
import { fittedSize, photoFit } from "./fit.js";

const PHOTO = { width: 6000, height: 4000 };

function keptLongSide(request: Partial<SpecRequest>): number {
  const limits = { models: ["tiny"], maxFrames: MAX_CLIP_FRAMES };
  const asked = { fields: {}, motions: [], outputs: [], artifacts: [], ...request };
  return fittedSize(photoFit(resolveSpec(asked, limits), 300), PHOTO).width;
}

test("a map alone needs the photo at the map's size", () => {
  assert.equal(keptLongSide({ artifacts: ["depth"] }), 300);
});

test("whatever is drawn needs it at the clip's size: a video, a poster, a strip", () => {
  const video = keptLongSide({});
  assert.ok(video >= 1280, `${video}`);
  for (const artifact of ["poster", "strip"] as const) {
    assert.equal(keptLongSide({ artifacts: ["depth", artifact] }), video);
  }
});

test("a camera that comes close needs more of it", () => {
  const close = keptLongSide({ fields: { "camera.zoom": 0.25 } });
  assert.ok(close > 2 * keptLongSide({}), `${close}`);
});
