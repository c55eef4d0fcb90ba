/**
 * Depth of field in three passes: the circle of confusion of each pixel at half size; disks of that
 * radius (bokeh), also at half size; and the picture blended with the disks where it is out of
 * focus. Formulas: docs/effects.md.
 */
import type { EffectState } from "../../core/scene/effects.js";
import { definePass, type EffectPass } from "./effect-pass.js";

/**
 * The radius of a disk that is fully out of focus, at intensity 1, as a fraction of the picture's
 * height.
 */
export const MAX_RADIUS = 0.015;

type DepthOfField = EffectState["depthOfField"];

/** A start and an end that are closer than this become a step. */
const MIN_RAMP = 1e-4;

/** Whether these effects read the disparity in the picture's alpha. */
export const needsDisparity = ({ depthOfField }: EffectState) => depthOfField.intensity > 0;

/** The uniform `focus` of shaders/lib/focus.glsl. */
function focusOf({ start, end, exponent }: DepthOfField): [number, number, number] {
  return [start, Math.abs(end - start) < MIN_RAMP ? start + MIN_RAMP : end, exponent];
}

/** Whether near parts are out of focus rather than far ones. */
const blursNear = ({ start, end }: DepthOfField) => end < start;

const circleOfConfusion = definePass({
  shader: "circle-of-confusion.frag",
  scale: "half",
  samplers: ["picture"],
  uniforms: ["focus"],
  isActive: needsDisparity,
  set: (gl, { focus }, { effects }) => gl.uniform3f(focus, ...focusOf(effects.depthOfField)),
});

const bokeh = definePass({
  shader: "bokeh.frag",
  scale: "half",
  samplers: ["halved"],
  uniforms: ["maxRadius", "rings", "directions", "nearBlur"],
  isActive: needsDisparity,
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
  isActive: needsDisparity,
  set: (gl, uniforms, { effects: { depthOfField }, size }) => {
    gl.uniform3f(uniforms.focus, ...focusOf(depthOfField));
    const { intensity, quality, directions } = depthOfField;
    gl.uniform1f(uniforms.maxRadius, intensity * MAX_RADIUS * size.height);
    gl.uniform1i(uniforms.samples, Math.round(quality) * Math.round(directions));
    gl.uniform1i(uniforms.nearBlur, Number(blursNear(depthOfField)));
  },
});

export const DEPTH_OF_FIELD: readonly EffectPass[] = [circleOfConfusion, bokeh, merge];
