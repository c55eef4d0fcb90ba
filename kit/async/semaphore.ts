/** A semaphore in front of scarce work: so many run, so many wait, the rest are refused at once. */
import { DepthmeshError } from "../../core/errors.js";
import { WeightedSemaphore } from "./weighted-semaphore.js";

export interface GateLimits {
  readonly running: number;
  readonly waiting: number;
}

export class Semaphore {
  readonly #name: string;
  readonly #limits: GateLimits;
  /** Each weighs one. */
  readonly #places: WeightedSemaphore;

  constructor(name: string, limits: GateLimits) {
    this.#name = name;
    this.#limits = limits;
    this.#places = new WeightedSemaphore(limits.running);
  }

  /**
   * Run `work` when a place is free. Throws RATE_LIMITED when the waiting room is full too, and the signal's reason when it fires
   * before there is a place: who has gone keeps none.
   */
  async pass<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const leave = await this.#enter(signal);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** The same for work that gives values as it goes; its place is free when the last one is taken. */
  async *passEach<T>(work: () => AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
    const leave = await this.#enter(signal);
    try {
      yield* work();
    } finally {
      leave();
    }
  }

  #enter(signal?: AbortSignal): Promise<() => void> {
    const { running, waiting } = this.#limits;
    if (this.#places.inside < running || this.#places.waiting < waiting) {
      return this.#places.enter(1, signal);
    }
    throw new DepthmeshError("RATE_LIMITED", `too many ${this.#name} at once`, {
      metadata: { limit_running: String(running), limit_waiting: String(waiting) },
    });
  }
}
