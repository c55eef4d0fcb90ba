/** Exponential delays with jitter, so that many waiters do not return at once. */

/** min(2^attempt · `baseMs`, 60 s) ± 20 %, in milliseconds. `attempt` counts from 0. */
export function retryDelayMs(
  attempt: number,
  baseMs = 1_000,
  random: () => number = Math.random,
): number {
  const base = Math.min(2 ** attempt * baseMs, 60_000);
  return Math.round(base * (0.8 + 0.4 * random()));
}

/** Resolves after `ms`, or at once when the signal fires; never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}
