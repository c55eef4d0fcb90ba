/** A gate in front of scarce work: so many run, so many wait, the rest are refused at once. */
import { DepthmeshError } from "./errors.js";

export interface GateLimits {
  readonly running: number;
  readonly waiting: number;
}

interface Waiting {
  admit(): void;
}

export class Gate {
  readonly #name: string;
  readonly #limits: GateLimits;
  #running = 0;
  readonly #queue: Waiting[] = [];

  constructor(name: string, limits: GateLimits) {
    this.#name = name;
    this.#limits = limits;
  }

  /**
   * Run `work` when a place is free. Throws RATE_LIMITED when the waiting room is full too, and the signal's reason when it fires
   * before there is a place: who has gone keeps none.
   */
  async pass<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** The same for work that gives values as it goes; its place is free when the last one is taken. */
  async *passEach<T>(work: () => AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
    await this.#enter(signal);
    try {
      yield* work();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#running < this.#limits.running) {
      this.#running += 1;
      return;
    }
    if (this.#queue.length >= this.#limits.waiting) {
      throw new DepthmeshError("RATE_LIMITED", `too many ${this.#name} at once`, {
        metadata: {
          limit_running: String(this.#limits.running),
          limit_waiting: String(this.#limits.waiting),
        },
      });
    }
    await this.#wait(signal);
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        admit: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      const abort = () => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#queue.push(waiting);
    });
  }

  #leave(): void {
    const next = this.#queue.shift();
    // The place passes to the next in line, so that no newcomer can slip in between.
    if (next) next.admit();
    else this.#running -= 1;
  }
}
