/**
 * Values pushed by callbacks and pulled by a loop. For slow sources only: nothing bounds the queue.
 */
import { Condition } from "./condition.js";

export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  readonly #changed = new Condition();
  #closed = false;
  #error: unknown;

  push(value: T): void {
    this.#values.push(value);
    this.#changed.notifyAll();
  }

  /** The loop ends after the queued values; with an error it throws that error then. */
  close(error?: unknown): void {
    this.#closed = true;
    this.#error ??= error;
    this.#changed.notifyAll();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      while (this.#values.length > 0) yield this.#values.shift() as T;
      if (this.#closed) {
        if (this.#error) throw this.#error;
        return;
      }
      await this.#changed.wait();
    }
  }
}
