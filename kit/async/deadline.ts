/** Time limits for promises: one limit for one promise, or one budget for several. */

/**
 * The result of `promise`; rejects with `error()` after `ms`. The work itself goes on, and its late
 * failure is ignored.
 */
export function withDeadline<T>(promise: Promise<T>, ms: number, error: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(error()), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A time budget shared by several requests. Only the time spent waiting for them counts. */
export class TimeBudget {
  #leftMs: number;
  readonly #error: () => Error;

  /** `error` is thrown when the budget is used up. */
  constructor(totalMs: number, error: () => Error) {
    this.#leftMs = totalMs;
    this.#error = error;
  }

  /**
   * The result of `request`, within what is left of the budget. A request that was given up may
   * still be carried out.
   */
  async wait<T>(request: () => Promise<T>): Promise<T> {
    const startedAtMs = performance.now();
    try {
      return await withDeadline(request(), Math.max(0, this.#leftMs), this.#error);
    } finally {
      this.#leftMs -= performance.now() - startedAtMs;
    }
  }
}
