/** Frame states: the preset, then values, then motions, in every loop mode. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stateStep } from "../../testing/state-step.js";
import { type FramePathSpec, framePath, frameState } from "./frame-path.js";
import type { FrameState } from "./frame-state.js";
import { readState, withState } from "./frame-state.js";
import type { Motion } from "./motion.js";
import { cameraPath, defaultLoopMode, PRESET_NAMES } from "./presets.js";

const spec = (changes: Partial<FramePathSpec["camera"]> = {}, motions: Motion[] = []) =>
  ({
    camera: {
      preset: "circle",
      intensity: 1,
      phaseTurns: 0,
      loop: "loop",
      holdStartSeconds: 0,
      holdEndSeconds: 0,
      ...changes,
    },
    clip: { durationSeconds: 2 },
    values: {},
    motions,
  }) satisfies FramePathSpec;

const cameras = (states: readonly FrameState[]) => states.map((state) => state.camera);

test("a preset alone is its camera path", () => {
  for (const preset of PRESET_NAMES) {
    const loop = defaultLoopMode(preset);
    const path = framePath(spec({ preset, loop, intensity: 2 }), 30);
    assert.deepEqual(cameras(path), cameraPath({ preset, intensity: 2, phaseTurns: 0 }, 30));
  }
});

test("values go before the preset, motions before both", () => {
  const motions: Motion[] = [
    { parameter: "camera.height", kind: "components", components: [{ kind: "add", bias: 0.1 }] },
    {
      parameter: "effects.color.sepia",
      kind: "keyframes",
      keyframes: [
        { tau: 0, value: 0, easing: "linear" },
        { tau: 1, value: 100, easing: "linear" },
      ],
    },
  ];
  const values = {
    "camera.height": 0.5,
    "camera.offset.x": 0.25,
    "camera.mirror": false,
    "effects.vignette.intensity": 0.75,
  };
  for (const [frame, state] of framePath({ ...spec({}, motions), values }, 10).entries()) {
    assert.equal(state.camera.height, 0.6);
    assert.equal(state.camera.offset.x, 0.25);
    assert.ok(Math.abs(state.camera.offset.y - 0.5 * Math.sin(0.2 * Math.PI * frame)) < 1e-12);
    assert.equal(state.camera.mirror, false);
    assert.equal(state.effects.vignette.intensity, 0.75);
    assert.ok(Math.abs(state.effects.color.sepia - 10 * frame) < 1e-9);
  }
});

test("once ends where a one-way preset ends, and holds", () => {
  const once = spec({
    preset: "zoom-in",
    loop: "once",
    holdStartSeconds: 0.2,
    holdEndSeconds: 0.4,
  });
  const heights = framePath(once, 20).map(({ camera }) => camera.height);
  assert.deepEqual(heights.slice(0, 3), [0, 0, 0]);
  assert.ok((heights[3] ?? 0) > 0);
  assert.deepEqual(heights.slice(-5), Array(5).fill(0.2));
  assert.ok((heights.at(-6) ?? 1) < 0.2);
});

test("a target makes a push-in come closer, and a motion of the target does not", () => {
  const push = spec({ preset: "push-in", loop: "once" });
  const zoomOf = (path: FramePathSpec) => framePath(path, 20).at(-1)?.camera.zoom ?? 1;
  const target = { "camera.target.x": 0.3, "camera.target.y": -0.4 };
  assert.equal(zoomOf({ ...push, values: target }), 0.95 * 0.8);
  const motion: Motion = {
    parameter: "camera.target.x",
    kind: "values",
    values: Array(20).fill(1),
  };
  assert.equal(zoomOf({ ...push, motions: [motion] }), 0.95);
});

test("ping-pong closes with motions that do not close by themselves", () => {
  const ramp: Motion = {
    parameter: "camera.zoom",
    kind: "keyframes",
    keyframes: [
      { tau: 0, value: 1, easing: "linear" },
      { tau: 1, value: 0.5, easing: "linear" },
    ],
  };
  const path = framePath(spec({ preset: "push-in", loop: "ping-pong" }, [ramp]), 30);
  const steps = path.slice(1).map((state, i) => stateStep(state, path[i]));
  assert.ok(stateStep(path[0], path.at(-1)) <= Math.max(...steps) * 1.001);
  assert.equal(path[15]?.camera.zoom, 0.5);
});

test("an array is taken by frame, whatever the loop mode", () => {
  const values = Array.from({ length: 12 }, (_, frame) => frame / 20);
  for (const loop of ["loop", "ping-pong", "once"] as const) {
    const motion: Motion = { parameter: "camera.height", kind: "values", values };
    const path = framePath(spec({ loop }, [motion]), 12);
    assert.deepEqual(
      path.map(({ camera }) => camera.height),
      values,
    );
  }
});

test("a state between two frames lies between them", () => {
  const path = spec({ preset: "horizontal" });
  const [before, between, after] = [4, 4.5, 5].map((frame) => frameState(path, 90, frame));
  const x = (state: FrameState | undefined) => state?.camera.offset.x ?? Number.NaN;
  assert.ok(x(before) < x(between) && x(between) < x(after));
});

test("a path that no state has is a defect, not a silence", () => {
  const [state] = framePath(spec(), 1);
  assert.ok(state);
  for (const path of ["camera.heigth", "camera", "camera.offset", "camera.height.x", "toString"]) {
    assert.throws(() => readState(state, path), /no value/, path);
  }
  assert.throws(() => withState(state, "effects.depth_of_field.begin", 1), /no value/);
  assert.equal(
    readState(withState(state, "effects.depth_of_field.end", 0.5), "effects.depth_of_field.end"),
    0.5,
  );
});
