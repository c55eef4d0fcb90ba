/** Waiting in tests for changes that no event announces. */
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 25;
const TIMEOUT_MS = 30_000;

/**
 * Calls `check` repeatedly and returns its first value that is neither undefined nor false. Throws
 * an error with `what` when there is none within `withinMs`.
 */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = TIMEOUT_MS,
): Promise<T> {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > untilMs) throw new Error(`did not happen: ${what}`);
    await delay(POLL_MS);
  }
}

/** Whether the promise is fulfilled. */
export function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}
