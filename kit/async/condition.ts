/** A condition variable: loops wait here until some state has changed, and then check it again. */
import { onAbort } from "./abort.js";

export class Condition {
  readonly #waiting = new Set<() => void>();

  /** Wakes everybody who waits now. */
  notifyAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /**
   * Resolves at the next `notifyAll`, or when the signal fires; never rejects. Check the state
   * before and after, with no `await` between the check and this call: a notification that nobody
   * waits for is not kept.
   */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let stopListening = () => {};
      const wake = () => {
        this.#waiting.delete(wake);
        stopListening();
        resolve();
      };
      this.#waiting.add(wake);
      stopListening = onAbort(signal, wake);
    });
  }
}
