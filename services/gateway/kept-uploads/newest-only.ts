/** Lets only the newest of several pieces of work on one thing go on. */
import type { DepthmeshError } from "../../../core/errors.js";

interface Running {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export class NewestOnly {
  readonly #running = new Map<string, Running>();

  /**
   * Ends the work on `key` that runs or waits, with `reason()`, and runs `work` when that has
   * ended. The signal of `work` fires when newer work comes. Throws what `work` throws, and the
   * reason of newer work that comes before it begins.
   */
  async run<T>(
    key: string,
    reason: () => DepthmeshError,
    work: (newer: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const before = this.#running.get(key);
    const stop = new AbortController();
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const own = { stop, ended };
    this.#running.set(key, own);
    before?.stop.abort(reason());
    try {
      await before?.ended;
      stop.signal.throwIfAborted();
      return await work(stop.signal);
    } finally {
      if (this.#running.get(key) === own) this.#running.delete(key);
      end();
    }
  }

  isRunning(key: string): boolean {
    return this.#running.has(key);
  }
}
