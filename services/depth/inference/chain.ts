/** The order in which ways to a depth map are tried, and which of them a fault leaves sensible. */
import type { ModelEntry } from "../../../models/manifest.js";
import type { FaultKind } from "./fault.js";
import type { InferenceProvider } from "./provider.js";

/** Sides of the model's input when memory or time do not suffice: a quarter of the pixels. */
const SMALLER_SCALE = 0.5;

export interface Attempt {
  readonly entry: ModelEntry;
  readonly provider: InferenceProvider;
  /** Of the sides that the model's size rule gives. */
  readonly scale: number;
}

/**
 * The model on each provider, then smaller on the last one, then the built-in model there. What comes after all of them
 * needs no model. `providers` are best first.
 */
export function planAttempts(
  entry: ModelEntry,
  builtIn: ModelEntry | undefined,
  providers: readonly InferenceProvider[],
): Attempt[] {
  const attempts: Attempt[] = providers.map((provider) => ({ entry, provider, scale: 1 }));
  const last = providers.at(-1);
  if (!last) return [];
  attempts.push({ entry, provider: last, scale: SMALLER_SCALE });
  if (builtIn && builtIn.name !== entry.name) {
    attempts.push({ entry: builtIn, provider: last, scale: 1 });
  }
  return attempts;
}

/** What is left to try after a fault of the first attempt. */
export function remainingAttempts(attempts: readonly Attempt[], fault: FaultKind): Attempt[] {
  const [failed, ...rest] = attempts;
  // A smaller input mends a lack of memory or time, nothing else.
  const smallerHelps = fault === "out-of-memory" || fault === "timed-out";
  return rest.filter((attempt) => {
    if (attempt.entry !== failed?.entry) return true;
    return fault !== "corrupt" && (attempt.scale === 1 || smallerHelps);
  });
}

export const NO_MODEL = "none";

/** An attempt in words, as results and traces show it; undefined is the estimate without a model. */
export function attemptLabel(attempt: Attempt | undefined): string {
  if (!attempt) return NO_MODEL;
  const { entry, provider, scale } = attempt;
  return `${entry.name} on ${provider.name}${scale === 1 ? "" : ` at ${scale} of its size`}`;
}
