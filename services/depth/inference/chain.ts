/** The fallback chain: which attempts at a depth map follow one another, and after which faults. */
import type { ModelEntry } from "../../../models/manifest.js";
import type { FaultKind } from "./fault.js";
import type { InferenceProvider } from "./provider.js";

/** Scale of the model input's sides when memory or time ran out: a quarter of the pixels. */
const SMALLER_SCALE = 0.5;

export interface Attempt {
  readonly entry: ModelEntry;
  readonly provider: InferenceProvider;
  /** Factor on the sides that the size rule of the model gives. */
  readonly scale: number;
}

/**
 * The model on each provider, then at a smaller input size on the last provider, then the built-in
 * model on that one. When all of them fail, the engine estimates without a model. `providers` are
 * sorted best first.
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

/** The attempts that are worth trying after the first one has failed with this fault. */
export function remainingAttempts(attempts: readonly Attempt[], fault: FaultKind): Attempt[] {
  const [failed, ...rest] = attempts;
  // A smaller input helps only against a lack of memory or time.
  const smallerHelps = fault === "out-of-memory" || fault === "timed-out";
  return rest.filter((attempt) => {
    if (attempt.entry !== failed?.entry) return true;
    return fault !== "corrupt" && (attempt.scale === 1 || smallerHelps);
  });
}

export const NO_MODEL = "none";

/** The label of an attempt in results and traces; undefined means without a model. */
export function attemptLabel(attempt: Attempt | undefined): string {
  if (!attempt) return NO_MODEL;
  const { entry, provider, scale } = attempt;
  return `${entry.name} on ${provider.name}${scale === 1 ? "" : ` at ${scale} of its size`}`;
}
