/** Resolves supersampling: averages a picture that was drawn 2, 3 or 4 times larger per side. */
import { definePass, type EffectPass } from "./effect-pass.js";

const FACTORS = [2, 3, 4] as const;

const passOf = (factor: number): EffectPass =>
  definePass({
    shader: "resolve.frag",
    defines: { FACTOR: factor },
    scale: "full",
    samplers: ["picture"],
    uniforms: [],
    isActive: () => true,
    set: () => {},
  });

/** The pass by supersampling factor; a factor of 1 needs none. */
export const RESOLVE: ReadonlyMap<number, EffectPass> = new Map(
  FACTORS.map((factor) => [factor, passOf(factor)]),
);
