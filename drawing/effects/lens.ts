/** The lens effect: chromatic aberration. Formula: docs/effects.md. */
import { definePass } from "./effect-pass.js";

/** How far blue moves in a corner at intensity 1, as a fraction of the half diagonal. */
const CORNER_BEND = 0.01;

export const LENS = definePass({
  shader: "lens.frag",
  scale: "full",
  samplers: ["picture"],
  uniforms: ["strength", "decay", "maxSamples"],
  // A decay of 1 reaches the corners, so that nothing is dispersed.
  isActive: ({ lens }) => lens.intensity > 0 && lens.decay < 1,
  set: (gl, uniforms, { effects: { lens } }) => {
    gl.uniform1f(uniforms.strength, lens.intensity * CORNER_BEND);
    gl.uniform1f(uniforms.decay, lens.decay);
    gl.uniform1i(uniforms.maxSamples, Math.round(lens.quality));
  },
});
