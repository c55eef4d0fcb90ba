/** Listening to an AbortSignal without leaving the listener behind. */
import { setMaxListeners } from "node:events";

/**
 * A controller whose signal any number of waiters may listen to at once. Node warns of a leak from
 * the eleventh listener of a signal on.
 */
export function sharedController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/**
 * Calls `listener` once when the signal fires, or at once when it has fired already. The returned
 * function stops listening. `events.addAbortListener` of Node calls an already aborted listener
 * only in a later microtask.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal?.aborted) {
    listener();
    return () => {};
  }
  const call = () => listener();
  signal?.addEventListener("abort", call, { once: true });
  return () => signal?.removeEventListener("abort", call);
}

/**
 * The result of `promise`; rejects with the signal's reason when it fires first. The work itself
 * goes on.
 */
export async function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = onAbort(signal, () => reject(signal?.reason));
  });
  return Promise.race([promise, aborted]).finally(() => stop());
}
