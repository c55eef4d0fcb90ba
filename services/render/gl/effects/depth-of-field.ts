/**
 * Depth of field in three passes: how far each pixel is out of focus, at half size; disks of that radius; and the picture
 * with the disks where it is out of focus. Formulas: docs/effects.md.
 */
import type { DepthOfFieldState, EffectState } from "../../../../core/scene/effects.js";
import { definePass, type EffectPass } from "./effect-pass.js";

/** Radius of a disk that is fully out of focus at intensity 1, as a fraction of the picture's height. */
export const MAX_RADIUS = 0.015;

/** Start and end that lie closer are a step. */
const MIN_RAMP = 1e-4;

const isActive = ({ depthOfField }: EffectState) => depthOfField.intensity > 0;

/** The uniform `focus` of shaders/lib/focus.glsl. */
function focusOf({ start, end, exponent }: DepthOfFieldState): [number, number, number] {
  return [start, Math.abs(end - start) < MIN_RAMP ? start + MIN_RAMP : end, exponent];
}

/** Whether it is near things that are out of focus. */
const blursNear = ({ start, end }: DepthOfFieldState) => end < start;

const circleOfConfusion = definePass({
  shader: "circle-of-confusion.frag",
  scale: "half",
  samplers: ["picture"],
  uniforms: ["focus"],
  isActive,
  set: (gl, { focus }, { effects }) => gl.uniform3f(focus, ...focusOf(effects.depthOfField)),
});

const bokeh = definePass({
  shader: "bokeh.frag",
  scale: "half",
  samplers: ["halved"],
  uniforms: ["maxRadius", "rings", "directions", "nearBlur"],
  isActive,
  set: (gl, uniforms, { effects: { depthOfField }, size }) => {
    gl.uniform1f(uniforms.maxRadius, (depthOfField.intensity * MAX_RADIUS * size.height) / 2);
    gl.uniform1i(uniforms.rings, Math.round(depthOfField.quality));
    gl.uniform1i(uniforms.directions, Math.round(depthOfField.directions));
    gl.uniform1i(uniforms.nearBlur, Number(blursNear(depthOfField)));
  },
});

const merge = definePass({
  shader: "depth-of-field.frag",
  scale: "full",
  samplers: ["picture", "halved"],
  uniforms: ["focus", "maxRadius", "samples", "nearBlur"],
  isActive,
  set: (gl, uniforms, { effects: { depthOfField }, size }) => {
    gl.uniform3f(uniforms.focus, ...focusOf(depthOfField));
    const { intensity, quality, directions } = depthOfField;
    gl.uniform1f(uniforms.maxRadius, intensity * MAX_RADIUS * size.height);
    gl.uniform1i(uniforms.samples, Math.round(quality) * Math.round(directions));
    gl.uniform1i(uniforms.nearBlur, Number(blursNear(depthOfField)));
  },
});

export const DEPTH_OF_FIELD: readonly EffectPass[] = [circleOfConfusion, bokeh, merge];
