/** Stereo options of a request: defaults of each layout, and what a layout does not take. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MONO, STEREO_LAYOUTS } from "../scene/stereo/layout.js";
import type { SpecRequest } from "./request.js";
import { pixelFrames } from "./resolve-clip.js";
import { resolveSpec } from "./resolve-spec.js";
import { framesHaveAlpha, usesAlpha } from "./transparency.js";

const resolve = (fields: SpecRequest["fields"], more: Partial<SpecRequest> = {}) =>
  resolveSpec(
    { fields, motions: [], outputs: [], artifacts: [], ...more },
    { models: ["tiny"], maxFrames: 3600 },
  );

test("the screen is in the middle of the depth, in VR180 behind everything", () => {
  assert.deepEqual(resolve({}).stereo, MONO);
  for (const layout of STEREO_LAYOUTS) {
    const { stereo, clip } = resolve({ "stereo.layout": layout });
    const isVr = layout === "vr180";
    assert.deepEqual(stereo, { ...MONO, layout, convergence: isVr ? 0 : 0.5 });
    assert.equal(clip.longestSide, isVr ? 2048 : undefined, layout);
  }
  const set = { "stereo.layout": "vr180", "stereo.convergence": 0.3, "clip.width": 640 };
  const { stereo, clip } = resolve(set);
  assert.equal(stereo.convergence, 0.3);
  assert.equal(clip.longestSide, undefined);
});

test("an option that the layout does not take is refused, unless it is the default", () => {
  const refused = [
    [{ "stereo.separation_percent": 4 }, "stereo.separation_percent"],
    [{ "stereo.convergence": 0 }, "stereo.convergence"],
    [{ "stereo.swap_eyes": true }, "stereo.swap_eyes"],
    [{ "stereo.layout": "vr180", "stereo.swap_eyes": true }, "stereo.swap_eyes"],
    [
      { "stereo.layout": "anaglyph", "stereo.field_of_view_degrees": 60 },
      "stereo.field_of_view_degrees",
    ],
  ] as const;
  for (const [fields, field] of refused) {
    assert.throws(
      () => resolve(fields),
      ({ reason, metadata }: { reason: string; metadata: Record<string, string> }) =>
        reason === "PARAMETER_CONFLICT" && metadata.field === field,
      field,
    );
  }
  resolve({
    "stereo.separation_percent": MONO.separationPercent,
    "stereo.convergence": MONO.convergence,
    "stereo.swap_eyes": false,
    "stereo.field_of_view_degrees": 90,
  });
  assert.throws(() => resolve({ "stereo.layout": "3d" }), { reason: "PARAMETER_UNKNOWN" });
});

test("stereo frames are opaque: keep is refused, and auto shows white", () => {
  const stereo = { "stereo.layout": "top-bottom" };
  const keeps = [
    { outputs: [{ container: "webp", transparency: "keep" }] },
    { artifacts: ["poster"] as const, outputs: [] },
  ];
  const poster = { "stills.poster_transparency": "keep" };
  for (const more of keeps) {
    const ofPoster = more.outputs.length === 0 ? poster : {};
    assert.throws(() => resolve({ ...stereo, ...ofPoster }, more), {
      reason: "PARAMETER_CONFLICT",
    });
    resolve(ofPoster, more);
  }
  const outputs = [{ container: "webp" }];
  assert.equal(framesHaveAlpha(resolve({}, { outputs }), true), true);
  assert.equal(framesHaveAlpha(resolve(stereo, { outputs }), true), false);
  assert.equal(usesAlpha(resolve(stereo, { outputs })), false);
});

test("the pixels of both views count", () => {
  const photo = { width: 3000, height: 2000 };
  const pixels = (layout: string) =>
    pixelFrames(resolve({ "stereo.layout": layout, "clip.width": 600 }), photo) / 90;
  assert.equal(pixels("none"), 600 * 400);
  for (const layout of ["side-by-side", "side-by-side-half", "top-bottom", "anaglyph"]) {
    assert.equal(pixels(layout), 2 * 600 * 400, layout);
  }
  assert.equal(pixels("vr180"), 1200 * 600);
});
