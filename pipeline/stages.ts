/**
 * The stages that a job passes (depth, render, encode), and the lanes (one per priority) in which
 * the orders of a stage wait.
 */

/** In the order in which a job passes them. */
export const STAGES = ["depth", "render", "encode"] as const;
export type Stage = (typeof STAGES)[number];

/** Most urgent first. */
export const LANES = ["high", "normal", "low"] as const;
export type Lane = (typeof LANES)[number];

/** The stage whose order a stage's commit decides. */
export const NEXT_STAGE: Readonly<Record<Stage, Stage | undefined>> = {
  depth: "render",
  render: "encode",
  encode: undefined,
};
