/** The sharpen effect: an unsharp mask. Formula: docs/effects.md. */
import { definePass } from "./effect-pass.js";

export const SHARPEN = definePass({
  shader: "sharpen.frag",
  scale: "full",
  samplers: ["picture"],
  uniforms: ["amount"],
  isActive: ({ sharpen }) => sharpen > 0,
  set: (gl, { amount }, { effects }) => gl.uniform1f(amount, effects.sharpen),
});
