/** How long a caller goes on calling a mesh that does not answer. */
import type { Reason } from "../../core/error-reasons.js";
import type { DepthmeshError } from "../../core/errors.js";
import { pause } from "../async/delay.js";

/** The server is away, stops in order, or has lost NATS: the same call succeeds when it is back. */
const PASSES: ReadonlySet<Reason> = new Set<Reason>([
  "SERVICE_UNAVAILABLE",
  "DRAINING",
  "BUS_UNAVAILABLE",
]);
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5_000;

export interface PatienceOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long a mesh may be away before its error is thrown; a minute by default. */
  readonly patienceMs?: number | undefined;
}

export class Patience {
  readonly #signal: AbortSignal | undefined;
  readonly #patienceMs: number;
  #delayMs = FIRST_DELAY_MS;
  #awaySinceMs: number | undefined;

  constructor({ signal, patienceMs = 60_000 }: PatienceOptions) {
    this.#signal = signal;
    this.#patienceMs = patienceMs;
  }

  /** The server has answered something: from now on it has not been away. */
  answered(): void {
    this.#awaySinceMs = undefined;
    this.#delayMs = FIRST_DELAY_MS;
  }

  /** Waits before the next call, or throws the error if no further call is of use. */
  async after(error: DepthmeshError): Promise<void> {
    this.#signal?.throwIfAborted();
    if (!PASSES.has(error.reason)) throw error;
    this.#awaySinceMs ??= performance.now();
    const delayMs = error.retryDelayMs ?? this.#delayMs * (0.8 + 0.4 * Math.random());
    if (performance.now() + delayMs - this.#awaySinceMs > this.#patienceMs) throw error;
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
    await pause(delayMs, this.#signal);
  }
}
