/** What a request would make is told without making it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { planOf } from "./plan.js";
import type { SpecRequest } from "./request.js";
import { resolveSpec } from "./resolve-spec.js";

const PHOTO = { width: 4000, height: 3000 };
const specOf = (request: Partial<SpecRequest>) =>
  resolveSpec(
    { fields: {}, motions: [], outputs: [], artifacts: [], ...request },
    { models: ["auto"], maxFrames: 3600 },
  );

test("a video has the size, frames and outputs of its spec", () => {
  const fields = { "clip.duration_seconds": 2, "clip.longest_side": 640 };
  const outputs = [
    { container: "mp4" },
    { container: "gif", maxLongestSide: 320, maxFrameRate: 10 },
  ];
  const plan = planOf(specOf({ fields, outputs }), PHOTO);
  const { width, height, frames, durationSeconds, model } = plan;
  assert.deepEqual([width, height, frames, durationSeconds, model], [640, 480, 60, 2, "auto"]);
  assert.deepEqual(
    plan.outputs.map((output) => [output.container, output.width, output.height, output.frames]),
    [
      ["mp4", 640, 480, 60],
      ["gif", 320, 240, 20],
    ],
  );
});

test("a job that only draws stills has no frames, and one with a map of its own no model", () => {
  const poster = planOf(specOf({ artifacts: ["poster"] }), PHOTO);
  assert.deepEqual([poster.frames, poster.durationSeconds, poster.outputs], [0, 0, []]);
  assert.deepEqual(poster.artifacts, ["poster"]);
  assert.equal(planOf(specOf({ depthMap: {} }), PHOTO).model, "");
});

test("the estimate grows with the photo, the frame and the samples of a pixel", () => {
  const small = { "clip.longest_side": 640 };
  const base = planOf(specOf({ fields: small }), PHOTO).estimatedMemoryBytes;
  const larger = [
    planOf(specOf({ fields: small }), { width: 8000, height: 6000 }),
    planOf(specOf({ fields: { "clip.longest_side": 3840 } }), PHOTO),
    planOf(specOf({ fields: { "clip.longest_side": 3840, "clip.ssaa": 4 } }), PHOTO),
  ].map(({ estimatedMemoryBytes }) => estimatedMemoryBytes);
  assert.ok(base > 7 * 4000 * 3000, String(base));
  for (const bytes of larger) assert.ok(bytes > 1.5 * base, `${bytes} of ${base}`);
});

test("a stereo job is as large as its frames of both eyes", () => {
  const of = (layout: string) =>
    planOf(specOf({ fields: { "stereo.layout": layout, "clip.longest_side": 640 } }), PHOTO);
  const { width, height, outputs } = of("side-by-side");
  assert.deepEqual([width, height, outputs[0]?.width, outputs[0]?.height], [1280, 480, 1280, 480]);
  assert.deepEqual([of("vr180").width, of("vr180").height], [1280, 640]);
  const larger = { "clip.longest_side": 4096 };
  const mono = planOf(specOf({ fields: larger }), PHOTO).estimatedMemoryBytes;
  const both = planOf(
    specOf({
      fields: { ...larger, "stereo.layout": "side-by-side" },
      outputs: [{ codec: "h265" }],
    }),
    PHOTO,
  );
  assert.ok(both.estimatedMemoryBytes > 1.5 * mono);
});
