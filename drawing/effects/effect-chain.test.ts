/**
 * All effects together: inactive ones change nothing, both ends of each parameter's range work, and
 * nothing leaks.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_CAMERA } from "../../core/scene/camera.js";
import { type EffectState, NO_EFFECTS } from "../../core/scene/effects.js";
import { withState } from "../../core/scene/frame-state.js";
import { EFFECT_PARAMETERS } from "../../core/spec/parameters/effects.js";
import {
  mostDifference,
  openEffectStage,
  paint,
  statistics,
  textured,
} from "../../testing/render/effect-stage.js";
import { countObjects, SCENE_OBJECTS } from "../driver.js";
import { EFFECT_PASSES } from "./effect-chain.js";

const { gl, apply } = await openEffectStage();
const SIZE = { width: 160, height: 90 };
const picture = paint(
  SIZE,
  textured((x) => (255 * x) / SIZE.width),
);

/** All effects at once, each clearly visible. */
const ALL: EffectState = {
  ...NO_EFFECTS,
  vignette: { intensity: 0.5, decay: 20 },
  lens: { intensity: 1, decay: 0.2, quality: 10 },
  depthOfField: { intensity: 1, start: 0.3, end: 1, exponent: 2, quality: 4, directions: 16 },
  color: { saturation: 120, contrast: 110, brightness: 105, gamma: 110, grayscale: 10, sepia: 20 },
  grain: 0.02,
  sharpen: 0.5,
};

/**
 * `base` with each parameter at both ends of its range, and with ends of two that depend on each
 * other.
 */
function endsOf(base: EffectState): EffectState[] {
  const state = { camera: DEFAULT_CAMERA, effects: base };
  const { depthOfField } = base;
  return [
    ...Object.values(EFFECT_PARAMETERS).flatMap(({ name, minimum, maximum }) =>
      [minimum, maximum].map((value) => withState(state, name, value).effects),
    ),
    ...[0, 1].map((end) => ({ ...base, depthOfField: { ...depthOfField, start: end, end } })),
    { ...base, depthOfField: { ...depthOfField, start: 1, end: 0 } },
    ...[1, 16].flatMap((quality) =>
      [4, 32].map((directions) => ({
        ...base,
        depthOfField: { ...depthOfField, quality, directions },
      })),
    ),
  ];
}

/** At 0 these parameters ask for a plain gray or black picture. */
function isFlattened({ color }: EffectState): boolean {
  return color.contrast === 0 || color.brightness === 0 || color.gamma === 0;
}

for (const [name, base] of [
  ["alone", NO_EFFECTS],
  ["with all other effects", ALL],
] as const) {
  test(`both ends of each parameter's range give a plausible and repeatable picture, ${name}`, () => {
    for (const effects of endsOf(base)) {
      const made = apply(picture, effects);
      const what = JSON.stringify(effects);
      assert.deepEqual(apply(picture, effects).rgba, made.rgba, what);
      const { mean, deviation } = statistics(made, 1);
      if (isFlattened(effects)) assert.ok(deviation < 40, `${what}: ${mean} ± ${deviation}`);
      else assert.ok(deviation > 5 && mean > 10 && mean < 250, `${what}: ${mean} ± ${deviation}`);
    }
  });
}

test("every parameter of an effect changes the picture while all effects are active", () => {
  const drawn = apply(picture, ALL);
  const state = { camera: DEFAULT_CAMERA, effects: ALL };
  for (const { name, minimum, maximum } of Object.values(EFFECT_PARAMETERS)) {
    const values = [minimum, (minimum + maximum) / 2, maximum];
    const isSeen = values.some((value) => {
      const { effects } = withState(state, name, value);
      return mostDifference(apply(picture, effects), drawn) > 0;
    });
    assert.ok(isSeen, `no pass uses ${name}`);
  }
});

test("an effect of intensity 0 runs no pass, whatever its other parameters are", () => {
  const idle: EffectState = {
    ...NO_EFFECTS,
    vignette: { intensity: 0, decay: 100 },
    lens: { ...ALL.lens, intensity: 0 },
    depthOfField: { ...ALL.depthOfField, intensity: 0 },
  };
  for (const effects of [NO_EFFECTS, idle]) {
    assert.deepEqual(
      EFFECT_PASSES.filter((pass) => pass.isActive(effects)),
      [],
    );
    assert.deepEqual(apply(picture, effects).rgba, picture.rgba);
  }
});

test("depth of field and lens together equal one after the other", () => {
  const { depthOfField } = ALL;
  const lens = { ...ALL.lens, intensity: 2, decay: 0 };
  const blurred = apply(picture, { depthOfField });
  const bent = apply(picture, { lens });
  const both = apply(picture, { depthOfField, lens });
  assert.deepEqual(both.rgba, apply(blurred, { lens }).rgba);
  assert.ok(mostDifference(both, blurred) > 10 && mostDifference(both, bent) > 10);
});

test("a chain frees its targets and compiles nothing twice", () => {
  apply(picture, ALL);
  const alive = countObjects(gl, { ...SCENE_OBJECTS, programs: "Program", shaders: "Shader" });
  for (let i = 0; i < 20; i++) apply(picture, ALL);
  for (const [kind, count] of Object.entries(alive())) assert.equal(count, 0, kind);
});
