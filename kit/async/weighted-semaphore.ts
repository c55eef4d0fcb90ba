/** A semaphore in front of a resource that is measured, memory for example: work enters while its weight still fits. */

interface Waiting {
  readonly weight: number;
  admit(): void;
}

export class WeightedSemaphore {
  /** Most weight inside at once. */
  readonly capacity: number;
  #inside = 0;
  /** First come, first served: a heavy one is not passed by light ones for ever. */
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
   * Wait for room, then hold it until the result is called. `weight` must not be above the capacity. Throws the signal's
   * reason when it fires first.
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
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      const abort = () => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(signal?.reason);
        this.#admit();
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#queue.push(waiting);
    });
  }

  #admit(): void {
    for (let next = this.#queue[0]; next && this.#fits(next.weight); next = this.#queue[0]) {
      this.#queue.shift();
      // Taken here, so that no newcomer can slip in between.
      this.#inside += next.weight;
      next.admit();
    }
  }
}
