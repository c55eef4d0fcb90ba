/**
 * Slows callers whose credentials are refused again and again. It holds back refusals only, so that
 * good callers behind the same address notice nothing.
 */
import { RateLimiterMemory } from "rate-limiter-flexible";
import { pause } from "../../../kit/async/delay.js";
import type { Log } from "../../../kit/log.js";

export interface BrakeLimits {
  /** Refusals of one address in `windowSeconds` that are not held back. */
  readonly free: number;
  readonly windowSeconds: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /**
   * Refusals held back at once, of one address and of all: each is an open call. More are answered
   * at once.
   */
  readonly heldOfOne: number;
  readonly held: number;
}

const LIMITS: BrakeLimits = {
  ...{ free: 10, windowSeconds: 60, firstDelayMs: 100, longestDelayMs: 2_000 },
  // Half of MAX_RECEIVING_CALLS at most: callers who have not sent everything share those places.
  ...{ heldOfOne: 64, held: 192 },
};

export class FailureBrake {
  readonly #limits: BrakeLimits;
  readonly #failures: RateLimiterMemory;
  readonly #log: Log;
  /** Refusals that are held back now, by address. */
  readonly #held = new Map<string, number>();
  #heldOfAll = 0;

  constructor(log: Log, limits: Partial<BrakeLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
    const { free, windowSeconds } = this.#limits;
    this.#failures = new RateLimiterMemory({ points: free, duration: windowSeconds });
    this.#log = log;
  }

  /** Whether the address has had more refusals than are free. */
  async isBraked(peer: string): Promise<boolean> {
    const found = await this.#failures.get(peer);
    return found !== null && found.consumedPoints > this.#limits.free;
  }

  /** Counts a refusal, and resolves when it may be answered. */
  async refused(peer: string): Promise<void> {
    const { free, firstDelayMs, longestDelayMs } = this.#limits;
    const { consumedPoints } = await this.#failures.penalty(peer);
    const over = consumedPoints - free;
    if (over <= 0) return;
    if (over === 1) {
      this.#log.warn({ peer, refusals: consumedPoints }, "credentials are refused again and again");
    }
    await this.#hold(peer, Math.min(firstDelayMs * 2 ** Math.min(over - 1, 20), longestDelayMs));
  }

  async #hold(peer: string, delayMs: number): Promise<void> {
    const { heldOfOne, held } = this.#limits;
    const ofOne = this.#held.get(peer) ?? 0;
    if (ofOne >= heldOfOne || this.#heldOfAll >= held) return;
    this.#held.set(peer, ofOne + 1);
    this.#heldOfAll += 1;
    await pause(delayMs);
    this.#heldOfAll -= 1;
    const left = (this.#held.get(peer) ?? 1) - 1;
    if (left === 0) this.#held.delete(peer);
    else this.#held.set(peer, left);
  }
}
