/** What a model's raw output says, or why it says nothing. */
import type { OutputContract } from "./model-contract.js";

/** Why an output cannot be used. */
export type OutputFault = "not-finite" | "constant";

/** Spread, relative to the largest value, below which a map is one value with rounding errors. */
const CONSTANT_SPREAD = 1e-6;

/** Undefined for a usable map. A healthy net gives finite values only, and no photo makes all of them equal. */
export function outputFault(raw: Float32Array): OutputFault | undefined {
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (const value of raw) {
    if (!Number.isFinite(value)) return "not-finite";
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  const largest = Math.max(Math.abs(minimum), Math.abs(maximum));
  return maximum - minimum > CONSTANT_SPREAD * largest ? undefined : "constant";
}

/** Finite output as disparity up to scale and shift, larger = nearer. A depth that is not positive counts as infinite. */
export function rawDisparity(raw: Float32Array, output: OutputContract): Float32Array {
  if (output.kind !== "disparity") return raw.map((depth) => (depth > 0 ? 1 / depth : 0));
  return output.near === "large" ? raw : raw.map((value) => -value);
}
