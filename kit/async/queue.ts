/** Values pushed by callbacks, pulled by a loop. For slow sources only: nothing bounds it but its users. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  #wake: (() => void) | undefined;
  #closed = false;
  #error: unknown;

  push(value: T): void {
    this.#values.push(value);
    this.#wake?.();
  }

  /** The loop ends after what is queued; with an error it throws it then. */
  close(error?: unknown): void {
    this.#closed = true;
    this.#error ??= error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      while (this.#values.length > 0) yield this.#values.shift() as T;
      if (this.#closed) {
        if (this.#error) throw this.#error;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
