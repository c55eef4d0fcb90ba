/**
 * Semaphores: one limits how many calls run and how many wait; a weighted one limits the use of a
 * measured resource, such as memory.
 */
import { DepthmeshError } from "../../core/errors.js";
import { onAbort } from "./abort.js";

/** How many may run at once, and how many may wait for a place. */
export interface SemaphoreLimits {
  readonly running: number;
  readonly waiting: number;
}

/** Limits how many pieces of work run at once and how many wait; the rest are refused at once. */
export class Semaphore {
  readonly #name: string;
  readonly #limits: SemaphoreLimits;
  /** Each piece of work weighs one. */
  readonly #places: WeightedSemaphore;

  /** `name` stands in the error message: "too many `name` at once". */
  constructor(name: string, limits: SemaphoreLimits) {
    this.#name = name;
    this.#limits = limits;
    this.#places = new WeightedSemaphore(limits.running);
  }

  /**
   * Runs `work` when a place is free. Throws RATE_LIMITED when nobody else may wait, and the
   * signal's reason when it fires before a place is free.
   */
  async pass<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const leave = await this.#enter(signal);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** The same for work that yields values: it holds its place until the last value is taken. */
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

interface Waiting {
  readonly weight: number;
  admit(): void;
}

/** For a measured resource, such as memory: work enters while its weight still fits. */
export class WeightedSemaphore {
  /** The most weight that may be inside at once. */
  readonly capacity: number;
  #inside = 0;
  /** First come, first served: otherwise light work could keep heavy work waiting forever. */
  readonly #queue: Waiting[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Weight inside now. */
  get inside(): number {
    return this.#inside;
  }

  /** How many wait for room. */
  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Waits for room, then holds it until the returned function is called. `weight` must not be above
   * the capacity. Throws the signal's reason when it fires first.
   */
  async enter(weight: number, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#queue.length > 0 || !this.#fits(weight)) await this.#wait(weight, signal);
    else this.#inside += weight;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#inside -= weight;
      this.#admit();
    };
  }

  #fits(weight: number): boolean {
    return this.#inside + weight <= this.capacity;
  }

  #wait(weight: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        weight,
        admit: () => {
          stopListening();
          resolve();
        },
      };
      const stopListening = onAbort(signal, () => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(signal?.reason);
        this.#admit();
      });
      this.#queue.push(waiting);
    });
  }

  #admit(): void {
    for (let next = this.#queue[0]; next && this.#fits(next.weight); next = this.#queue[0]) {
      this.#queue.shift();
      // The room is taken here, before the waiting call resumes, so that no newcomer can take it.
      this.#inside += next.weight;
      next.admit();
    }
  }
}
