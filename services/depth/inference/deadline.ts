/** A watchdog for work that cannot be interrupted: who waits for it goes on, and it ends alone. */
import { InferenceFault } from "./fault.js";

/** The work's result; a timed-out fault after `limitMs`, the signal's reason when it fires. */
export function withDeadline<T>(
  work: Promise<T>,
  limitMs: number,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    const abort = () => {
      settle();
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      settle();
      reject(new InferenceFault("timed-out", `no result within ${limitMs} ms`));
    }, limitMs);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(settle);
  });
}
