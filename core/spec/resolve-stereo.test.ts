/** Stereo options of a request: defaults of each layout, and what a layout does not take. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CONTAINER_NAMES } from "../output/containers.js";
import { MONO, STEREO_LAYOUTS } from "../scene/stereo/layout.js";
import type { SpecRequest } from "./request.js";
import { checkFrameSides, pixelFrames } from "./resolve-clip.js";
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

test("VR180 is in files that say so, and in archives of pictures", () => {
  const vr180 = { "stereo.layout": "vr180" };
  const takers = CONTAINER_NAMES.filter((container) => {
    try {
      return resolve(vr180, { outputs: [{ container }] }) !== undefined;
    } catch (error) {
      const { reason, metadata } = error as { reason: string; metadata: Record<string, string> };
      assert.equal(reason, "PARAMETER_CONFLICT");
      assert.equal(metadata.known, "mp4 mov png-tar png-zip");
      return false;
    }
  });
  assert.deepEqual(takers, ["mp4", "mov", "png-tar", "png-zip"]);
  for (const container of CONTAINER_NAMES) {
    resolve({ "stereo.layout": "side-by-side" }, { outputs: [{ container }] });
  }
  resolve(vr180, { artifacts: ["poster"] });
});

test("frames that players of a codec do not decode are refused, with what fits", () => {
  const photo = { width: 3000, height: 2000 };
  const check = (layout: string, side: number, codec: string) =>
    checkFrameSides(
      resolve(
        { "stereo.layout": layout, "clip.longest_side": side },
        { outputs: [{ container: "mp4", codec }] },
      ),
      photo,
    );
  for (const [layout, side] of [
    ["side-by-side", 2048],
    ["side-by-side-half", 4096],
    ["top-bottom", 3000],
    ["vr180", 2048],
  ] as const) {
    check(layout, side, "h264");
    check(layout, 4096, "h265");
  }
  for (const layout of ["side-by-side", "top-bottom", "vr180"]) {
    assert.throws(
      () => check(layout, 3840, "h264"),
      ({ reason, metadata }: { reason: string; metadata: Record<string, string> }) =>
        reason === "PARAMETER_OUT_OF_RANGE" &&
        metadata.limit_maximum === "4096" &&
        (metadata.known ?? "").split(" ").includes("h265"),
      layout,
    );
  }
  check("none", 4096, "h264");
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
