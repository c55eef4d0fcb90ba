/** When a message is sent again: one table, and what each answer of a receiver means. */

/** How long a message is tried: from the end of its job to its last attempt. */
export const WINDOW_MS = 24 * 3600 * 1000;
/**
 * Seconds between an attempt and the next; the rest of the window is before the last one. Together
 * with the first attempt and the last there are twelve.
 */
export const RETRY_DELAYS_SECONDS = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600, 36_000];
const JITTER = 0.2;
/**
 * Attempts that are lost because a gateway dies while it sends are tried again, but not for ever.
 */
export const MAX_ATTEMPTS = 24;

/** How an attempt ended. */
export interface Outcome {
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  /** Why it is no success; empty for a success. */
  readonly error: string;
  /** How long the receiver wants to be left alone. */
  readonly retryAfterMs?: number;
}

export type Verdict =
  | { readonly kind: "delivered" }
  /** The receiver wants nothing more, of any job. */
  | { readonly kind: "gone" }
  | { readonly kind: "retry"; readonly atMs: number }
  | { readonly kind: "given-up" };

export interface Tried {
  /** Attempts so far, the one that has just ended included. */
  readonly attempts: number;
  /** Unix milliseconds: when the window began. */
  readonly sinceMs: number;
}

export interface Schedule {
  /** WINDOW_MS, or what the operator has set; the delays shrink with it. */
  readonly windowMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

const GONE = 410;

/** What to do after an attempt that ended at `nowMs`. */
export function verdictOn(
  { status, retryAfterMs = 0 }: Outcome,
  { attempts, sinceMs }: Tried,
  nowMs: number,
  { windowMs, random }: Schedule,
): Verdict {
  if (status >= 200 && status < 300) return { kind: "delivered" };
  if (status === GONE) return { kind: "gone" };
  const lastMs = sinceMs + windowMs;
  if (nowMs >= lastMs || attempts >= MAX_ATTEMPTS) return { kind: "given-up" };
  const seconds = RETRY_DELAYS_SECONDS[attempts - 1];
  // After the table only the attempt at the end of the window is left.
  if (seconds === undefined) return { kind: "retry", atMs: lastMs };
  const scale = windowMs / WINDOW_MS;
  const delayMs = seconds * 1000 * scale * (1 - JITTER + 2 * JITTER * random());
  return { kind: "retry", atMs: Math.min(lastMs, nowMs + Math.max(delayMs, retryAfterMs)) };
}

const MAX_SECONDS_DIGITS = 9;

/** Milliseconds in a header `retry-after`, which has seconds or a date; undefined for others. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header) && header.length <= MAX_SECONDS_DIGITS) return Number(header) * 1000;
  const atMs = /^[A-Za-z]{3}, /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isFinite(atMs) ? Math.max(0, atMs - nowMs) : undefined;
}
