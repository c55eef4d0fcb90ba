/** Timers for a moment, however far away. */

/** Node runs a timer with a longer delay at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Runs `act` at `atMs` (Unix time), or after the longest delay of a timer where that is sooner: `act` looks again. */
export function timerAt(atMs: number, act: () => void): NodeJS.Timeout {
  return setTimeout(act, Math.min(MAX_TIMER_MS, Math.max(0, atMs - Date.now())));
}
