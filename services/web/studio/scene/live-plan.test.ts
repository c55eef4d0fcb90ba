/** What is built anew for a change of the specification, and what is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../../../core/errors.js";
import type { SceneRasters } from "../../../../core/scene/clip/clip-scene.js";
import { visibleExtent } from "../../../../core/scene/geometry.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { specOf } from "../spec/spec-request.js";
import { clipFrame, draft, type LivePlan, livePlan, lookState } from "./live-plan.js";
import { covers, standsIn } from "./same-scene.js";

const PHOTO = { width: 96, height: 64 };
const MAP = { width: 48, height: 32 };
const RASTERS: SceneRasters = {
  photo: new Uint8Array(3 * PHOTO.width * PHOTO.height).fill(100),
  photoSize: PHOTO,
  // A near block before a ramp.
  disparity: Uint16Array.from({ length: MAP.width * MAP.height }, (_, i) => {
    const [x, y] = [i % MAP.width, Math.floor(i / MAP.width)];
    return x > 16 && x < 32 && y > 8 && y < 24 ? 60_000 : 200 * x;
  }),
  disparitySize: MAP,
};
const OPTIONS = { longestSide: 320, quality: "fast", supersampled: false } as const;
const plan = (json: JobSpecJson): LivePlan => livePlan(RASTERS, specOf(json), OPTIONS);

const CIRCLE: JobSpecJson = { camera: { preset: "circle" } };

test("effects and a weaker camera need no other mesh", () => {
  const { data } = plan(CIRCLE);
  assert.ok(covers(data, data));
  assert.ok(covers(data, plan({ ...CIRCLE, effects: { sharpen: 0.5, grain: 0.1 } }).data));
  assert.ok(covers(data, plan({ camera: { preset: "circle", intensity: 0.5 } }).data));
});

test("edges, quality, a camera that goes farther and another seed do", () => {
  const { data } = plan(CIRCLE);
  for (const changed of [
    { edges: "EDGES_STRETCH" },
    { quality: "QUALITY_BALANCED" },
    { seed: 4 },
    { camera: { preset: "circle", intensity: 3 } },
    { camera: { preset: "circle", height: 0.9 } },
  ] satisfies JobSpecJson[]) {
    const wanted = plan({ ...CIRCLE, ...changed }).data;
    assert.ok(standsIn(data, wanted), JSON.stringify(changed));
    assert.ok(!covers(data, wanted), JSON.stringify(changed));
  }
});

test("a scene stands in for a larger one, but not for one of another shape or photo", () => {
  const { data } = plan(CIRCLE);
  const larger = livePlan(RASTERS, specOf(CIRCLE), { ...OPTIONS, longestSide: 500 });
  assert.ok(!covers(data, larger.data));
  assert.ok(standsIn(data, larger.data));
  assert.ok(!standsIn(data, plan({ ...CIRCLE, clip: { width: 320, height: 320 } }).data));
  assert.ok(
    !standsIn(data, plan({ ...CIRCLE, stereo: { layout: "STEREO_LAYOUT_ANAGLYPH" } }).data),
  );
  assert.ok(!standsIn(data, { ...data, photo: data.photo.slice() }));
});

test("a draft shows the same with one surface", () => {
  const { data } = plan(CIRCLE);
  assert.ok(data.geometry.reach);
  assert.equal(draft(data).geometry.reach, undefined);
  assert.ok(standsIn(draft(data), data));
  assert.ok(!covers(draft(data), data));
});

test("the scene has all that the pointer and the clip can see", () => {
  const { clip, base, data } = plan(CIRCLE);
  const { extent, halfSides } = data.geometry;
  const aspect = data.frame.width / data.frame.height;
  const states = [
    ...[-1, -0.3, 0.6, 1].flatMap((x) => [-1, 0.2, 1].map((y) => lookState(base, x, y))),
    ...[0, 0.13, 0.5, 0.99].map((tau) => clipFrame(clip, tau).state),
  ];
  for (const { camera } of states) {
    const seen = visibleExtent([camera], aspect, halfSides);
    assert.ok(seen.minX >= extent.minX - 1e-9 && seen.maxX <= extent.maxX + 1e-9);
    assert.ok(seen.minY >= extent.minY - 1e-9 && seen.maxY <= extent.maxY + 1e-9);
  }
});

test("a clip frame has its number, which seeds the grain", () => {
  const { clip } = plan({ ...CIRCLE, clip: { durationSeconds: 2, frameRate: { numerator: 10 } } });
  assert.deepEqual(
    [0, 0.04, 0.05, 0.999].map((tau) => clipFrame(clip, tau).frame),
    [0, 0, 1, 19],
  );
});

test("a strict limit refuses", () => {
  const strict = { preset: "dolly", intensity: 4, limit: "CAMERA_LIMIT_STRICT" } as const;
  assert.throws(
    () => plan({ camera: { ...strict, maxHiddenAreaPercent: 0.1, maxStretchP99: 1.01 } }),
    (error) => error instanceof DepthmeshError && error.reason === "CAMERA_LIMIT_EXCEEDED",
  );
});
