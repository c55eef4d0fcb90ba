/**
 * Color, vignette and grain. They share a pass because each depends on one pixel only. Formulas:
 * docs/effects.md.
 */
import { type EffectState, NO_EFFECTS } from "../../core/scene/effects.js";
import { definePass } from "./effect-pass.js";

type Color = EffectState["color"];

/** The smallest gamma used; at 0 the exponent would be infinite. All but white becomes black. */
const MIN_GAMMA = 0.01;
/** The decay at which the vignette darkens with the square of the distance from the center. */
const QUADRATIC_DECAY = 20;

function isNeutral(color: Color): boolean {
  const keys = Object.keys(NO_EFFECTS.color) as (keyof Color)[];
  return keys.every((key) => color[key] === NO_EFFECTS.color[key]);
}

function hasVignette({ vignette }: EffectState): boolean {
  return vignette.intensity > 0 && vignette.decay > 0;
}

/** Mixes seed and frame into 32 bits, so that neighboring frames and seeds have unrelated grain. */
function grainKey(seed: number, frame: number): number {
  return Math.imul(Math.imul(seed | 0, 0x9e3779b1) ^ frame, 0x85ebca6b);
}

export const GRADE = definePass({
  shader: "grade.frag",
  scale: "full",
  samplers: ["picture"],
  uniforms: ["tone", "toning", "vignette", "grain", "grainKey"],
  isActive: (effects) => !isNeutral(effects.color) || hasVignette(effects) || effects.grain > 0,
  set: (gl, uniforms, { effects: { color, vignette, grain }, seed, frame }) => {
    const exponent = 1 / Math.max(MIN_GAMMA, color.gamma / 100);
    gl.uniform4f(
      uniforms.tone,
      color.brightness / 100,
      color.contrast / 100,
      exponent,
      color.saturation / 100,
    );
    gl.uniform2f(uniforms.toning, color.grayscale / 100, color.sepia / 100);
    gl.uniform2f(uniforms.vignette, vignette.intensity, vignette.decay / QUADRATIC_DECAY);
    gl.uniform1f(uniforms.grain, grain);
    gl.uniform1i(uniforms.grainKey, grainKey(seed, frame));
  },
});
