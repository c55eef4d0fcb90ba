/** Frames that show an earlier state again are not drawn again, within the bound. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_EFFECTS } from "./effects.js";
import { withoutEffects } from "./frame-state.js";
import { cameraPath } from "./presets.js";
import { planFrames } from "./repeats.js";

const swaying = withoutEffects(
  cameraPath({ preset: "horizontal", intensity: 1, phaseTurns: 0 }, 90),
);

const still = withoutEffects(cameraPath({ preset: "still", intensity: 1, phaseTurns: 0 }, 30));

test("a path that sways back draws half of its frames", () => {
  const { source } = planFrames(swaying, 100);
  const drawn = source.filter((from, frame) => from === frame).length;
  assert.ok(drawn <= 47, `${drawn} drawn`);
  source.forEach((from, frame) => {
    const [a, b] = [swaying[from]?.camera.offset.x ?? 9, swaying[frame]?.camera.offset.x ?? -9];
    assert.ok(from <= frame && Math.abs(a - b) <= 2e-6);
  });
});

test("no more frames are kept at once than the bound", () => {
  for (const bound of [0, 1, 7]) {
    const { source, keepUntil } = planFrames(swaying, bound);
    for (let frame = 0; frame < source.length; frame++) {
      const kept = [...keepUntil].filter(([from, until]) => from <= frame && frame < until);
      assert.ok(kept.length <= bound, `${kept.length} at ${frame}`);
      const from = source[frame] ?? -1;
      if (from !== frame) assert.ok((keepUntil.get(from) ?? -1) >= frame);
    }
  }
});

test("a still is drawn once", () => {
  assert.deepEqual(new Set(planFrames(still, 1).source), new Set([0]));
});

test("the same camera with another effect is another picture", () => {
  const path = still.map(({ camera }, frame) => ({
    camera,
    effects: { ...NO_EFFECTS, vignette: { intensity: frame < 10 ? 0 : 0.5, decay: 20 } },
  }));
  assert.deepEqual(new Set(planFrames(path, 1).source), new Set([0, 10]));
});

test("grain moves: every frame with it is drawn", () => {
  const path = still.map(({ camera }) => ({ camera, effects: { ...NO_EFFECTS, grain: 0.05 } }));
  const { source, keepUntil } = planFrames(path, 100);
  assert.deepEqual(source, [...path.keys()]);
  assert.equal(keepUntil.size, 0);
});
