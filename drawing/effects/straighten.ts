/** Makes straight RGBA of a premultiplied picture and its matte. */
import { definePass } from "./effect-pass.js";

export const STRAIGHTEN = definePass({
  shader: "straighten.frag",
  scale: "full",
  samplers: ["picture", "matte"],
  uniforms: [],
  isActive: () => true,
  set: () => {},
});
