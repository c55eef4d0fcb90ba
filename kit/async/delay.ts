/** Waiting: pauses, retry delays and timers for a point in time. */
import { onAbort } from "./abort.js";

/** Node runs a timer with a longer delay at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * min(2^attempt · `baseMs`, 60 s) ± 20 %, in milliseconds; `attempt` counts from 0. The jitter
 * keeps many waiters from returning at once.
 */
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
    const timer = setTimeout(() => {
      stopListening();
      resolve();
    }, ms);
    const stopListening = onAbort(signal, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Runs `act` at `atMs` (Unix time), or after the longest delay that a timer allows where that is
 * sooner: `act` checks whether the time has come.
 */
export function timerAt(atMs: number, act: () => void): NodeJS.Timeout {
  return setTimeout(act, Math.min(MAX_TIMER_MS, Math.max(0, atMs - Date.now())));
}
