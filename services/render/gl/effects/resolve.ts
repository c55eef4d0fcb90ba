/** Averages a picture that was drawn several times too large. */
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

/** By how many times too large; a factor of 1 needs none. */
export const RESOLVE: ReadonlyMap<number, EffectPass> = new Map(
  FACTORS.map((factor) => [factor, passOf(factor)]),
);
