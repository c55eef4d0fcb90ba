/**
 * How long a page waits before it asks again: short while something moves, longer while nothing
 * does.
 */

export interface Pace {
  /** After something has changed. */
  readonly shortestMs: number;
  /** While something runs, but nothing changes. */
  readonly runningMs: number;
  /** While nothing runs, and after errors. */
  readonly longestMs: number;
}

export const LIST_PACE: Pace = { shortestMs: 1_000, runningMs: 4_000, longestMs: 15_000 };

const GROWTH = 1.5;

/** What the last answer told. */
export type Seen = "change" | "running" | "idle" | "error";

/** Milliseconds until the next question, from those before the last one. */
export function nextWaitMs(beforeMs: number, seen: Seen, pace: Pace): number {
  if (seen === "change") return pace.shortestMs;
  const longest = seen === "running" ? pace.runningMs : pace.longestMs;
  return Math.max(pace.shortestMs, Math.min(longest, beforeMs * GROWTH));
}
