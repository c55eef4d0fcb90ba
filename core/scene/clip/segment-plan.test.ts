/** Clips are cut where that changes nothing but who makes them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutputSpec } from "../../output/spec.js";
import { withoutEffects } from "../frame-state.js";
import { cameraPath, type PresetName } from "../presets.js";
import { isCuttable, partOf, planSegments } from "./segment-plan.js";

const MP4: OutputSpec = {
  ...{ name: "video.mp4", container: "mp4", codec: "h264", pixelFormat: "yuv420p" },
  ...{ crf: 20, repeat: 1, acceleration: "auto" },
};

const pathOf = (frames: number, preset: PresetName = "circle") =>
  withoutEffects(cameraPath({ preset, intensity: 1, phaseTurns: 0.01 }, frames));

function plan(frames: number, outputs: readonly OutputSpec[], seconds: number, fps = 30) {
  const frameRate = { numerator: fps, denominator: 1 };
  const clip = { durationSeconds: frames / fps, frameRate } as Parameters<
    typeof planSegments
  >[0]["clip"];
  return planSegments({ outputs, clip }, pathOf(frames), seconds);
}

test("segments begin at key frames and cover every frame once", () => {
  for (const [frames, seconds] of [
    [600, 5],
    [601, 5],
    [599, 4],
    [733, 3.1],
    [3600, 10],
  ] as const) {
    const ranges = plan(frames, [MP4], seconds) ?? [];
    assert.ok(ranges.length >= 3, `${frames}`);
    const path = Array.from({ length: frames }, (_, frame) => frame);
    assert.deepEqual(
      ranges.flatMap((range) => partOf(path, range)),
      path,
    );
    for (const { firstFrame, frames: length } of ranges) {
      assert.equal(firstFrame % 15, 0);
      assert.ok(length >= 30 * seconds * 0.4, `${length}`);
    }
  }
});

test("a short clip, and any clip without a length of segments, is made whole", () => {
  assert.equal(plan(120, [MP4], 5), undefined);
  assert.equal(plan(300, [MP4], 5), undefined, "two segments are too few");
  assert.equal(plan(600, [MP4], 0), undefined);
  assert.equal(plan(600, [], 5), undefined);
});

test("the distance of key frames that an output sets is kept", () => {
  const ranges = plan(600, [MP4, { ...MP4, name: "b.mkv", container: "mkv", gopFrames: 45 }], 5);
  assert.deepEqual(
    ranges?.map(({ firstFrame }) => firstFrame),
    [0, 135, 270, 405],
  );
  assert.equal(plan(600, [{ ...MP4, gopFrames: 600 }], 5), undefined);
});

test("one output that cannot be cut keeps the clip whole", () => {
  const whole: Partial<OutputSpec>[] = [
    { container: "gif", codec: "gif", pixelFormat: "pal8" },
    { container: "webp", codec: "webp" },
    { container: "png-zip", codec: "png" },
    { bitrateKbps: 4000 },
    { container: "webm", codec: "vp9", pixelFormat: "yuva420p" },
    { container: "webm", codec: "vp9", transparency: "keep" },
  ];
  for (const change of whole) {
    const output = { ...MP4, ...change };
    assert.equal(isCuttable(output), false, JSON.stringify(change));
    assert.equal(plan(600, [MP4, output], 5), undefined);
  }
  for (const change of [
    { container: "mov", codec: "prores" },
    { container: "mkv", codec: "ffv1" },
    { container: "webm", codec: "vp9" },
  ] as const) {
    assert.equal(isCuttable({ ...MP4, ...change }), true, JSON.stringify(change));
  }
});

test("a path that comes back over earlier frames is drawn once and made whole", () => {
  const clip = { durationSeconds: 20, frameRate: { numerator: 30, denominator: 1 } } as Parameters<
    typeof planSegments
  >[0]["clip"];
  const swaying = withoutEffects(
    cameraPath({ preset: "horizontal", intensity: 1, phaseTurns: 0 }, 600),
  );
  assert.equal(planSegments({ outputs: [MP4], clip }, swaying, 5), undefined);
  const grainy = swaying.map((state) => ({ ...state, effects: { ...state.effects, grain: 0.1 } }));
  assert.equal(planSegments({ outputs: [MP4], clip }, grainy, 5)?.length, 4);
});
