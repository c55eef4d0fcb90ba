/** A gate in front of scarce work: so many run, so many wait, the rest are refused at once. */
import { DepthmeshError } from "./errors.js";

export interface GateLimits {
  readonly running: number;
  readonly waiting: number;
}

export class Gate {
  readonly #name: string;
  readonly #limits: GateLimits;
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(name: string, limits: GateLimits) {
    this.#name = name;
    this.#limits = limits;
  }

  /** Run `work` when a place is free. Throws RATE_LIMITED when the waiting room is full too. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** The same for work that gives values as it goes; its place is free when the last one is taken. */
  async *passEach<T>(work: () => AsyncIterable<T>): AsyncGenerator<T> {
    await this.#enter();
    try {
      yield* work();
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
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
    await new Promise<void>((admit) => this.#queue.push(admit));
  }

  #leave(): void {
    const next = this.#queue.shift();
    // The place passes to the next in line, so that no newcomer can slip in between.
    if (next) next();
    else this.#running -= 1;
  }
}
