/** What every fault works with, and how its outcome is recorded. */

import type { Observer } from "../judge/observer.js";
import type { Fault } from "../plan/fault.js";
import type { Lab } from "./lab.js";

/** One run: its mesh and its jobs. */
export interface StrikeContext {
  readonly lab: Lab;
  readonly observer: Observer;
  /** Fires when all jobs of the run have ended; faults that still wait then are missed. */
  readonly over: AbortSignal;
  /** Id of the first job once it is accepted; undefined when the run ended before that. */
  readonly firstJob: Promise<string | undefined>;
}

/** The outcome of a fault. */
export interface AppliedFault {
  readonly fault: Fault;
  /** `missed`: its trigger never came. `skipped`: this machine does not allow it. */
  readonly outcome: "struck" | "missed" | "skipped";
  /** How many times it struck. */
  readonly strikes: number;
  /** When it was undone, in Unix milliseconds. */
  readonly undoneAtMs: number;
}

/** The outcome of a fault that is undone now. */
export function outcomeOf(fault: Fault, strikes: number): AppliedFault {
  const outcome = strikes > 0 ? "struck" : "missed";
  return { fault, outcome, strikes, undoneAtMs: Date.now() };
}
