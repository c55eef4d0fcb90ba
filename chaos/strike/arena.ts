/** Where faults strike: one run's mesh, its jobs, and its end. */

import type { Observer } from "../judge/observer.js";
import type { Fault } from "../plan/fault.js";
import type { Lab } from "./lab.js";

export interface Arena {
  readonly lab: Lab;
  readonly observer: Observer;
  /** Fires when all jobs of the run have ended: a fault that still waits has missed them. */
  readonly over: AbortSignal;
  /** Id of the run's first job, once it is accepted; undefined when the run was over before. */
  readonly firstJob: Promise<string | undefined>;
}

/** What became of a fault. */
export interface Applied {
  readonly fault: Fault;
  /** `missed`: nothing came its way. `skipped`: this machine does not allow it. */
  readonly outcome: "struck" | "missed" | "skipped";
  /** How often it struck. */
  readonly strikes: number;
  /** When it was undone, in Unix milliseconds. */
  readonly undoneAtMs: number;
}

export function applied(fault: Fault, strikes: number): Applied {
  const outcome = strikes > 0 ? "struck" : "missed";
  return { fault, outcome, strikes, undoneAtMs: Date.now() };
}
