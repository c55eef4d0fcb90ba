/** One amount of time for several questions to NATS: what stands between them does not count. */
import { DepthmeshError } from "../../core/errors.js";

export class TimeBudget {
  #leftMs: number;

  constructor(totalMs: number) {
    this.#leftMs = totalMs;
  }

  /**
   * What `ask` gives, within what is left of the time. Throws BUS_UNAVAILABLE when that is used up: the question may then
   * be carried out all the same.
   */
  async wait<T>(ask: () => Promise<T>): Promise<T> {
    const startedAtMs = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const error = new DepthmeshError("BUS_UNAVAILABLE", "NATS did not answer in time");
      timer = setTimeout(() => reject(error), Math.max(0, this.#leftMs));
    });
    try {
      return await Promise.race([ask(), late]);
    } finally {
      clearTimeout(timer);
      this.#leftMs -= performance.now() - startedAtMs;
    }
  }
}
