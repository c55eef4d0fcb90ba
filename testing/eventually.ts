/** Waiting for what no event tells of. */
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 25;
const TIMEOUT_MS = 30_000;

/** The first value of `look` that is neither undefined nor false. Throws with `what` when none comes within `withinMs`. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = TIMEOUT_MS,
): Promise<T> {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > untilMs) throw new Error(`it did not happen: ${what}`);
    await delay(POLL_MS);
  }
}

/** Whether it succeeds. */
export function isDone(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}
