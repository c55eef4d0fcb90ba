/** Calls that are repeated until the mesh answers, because faults make them fail. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Reason } from "../../core/error-reasons.js";
import { DepthmeshError, toDepthmeshError } from "../../core/errors.js";

const CALL_MS = 5_000;
const RETRY_MS = 200;
/**
 * Reasons after which the request is repeated. A call that this client aborted ends as
 * JOB_CANCELLED, and a broken connection as INTERNAL.
 */
const TRANSIENT: ReadonlySet<Reason> = new Set([
  "SERVICE_UNAVAILABLE",
  "BUS_UNAVAILABLE",
  "STORAGE_FULL",
  "STORAGE_UNAVAILABLE",
  "DRAINING",
  "RATE_LIMITED",
  "QUEUE_FULL",
  "JOB_CANCELLED",
  "JOB_DEADLINE_EXCEEDED",
  "INTERNAL",
]);

/** Repeats the call until it succeeds or fails for good; each attempt has its own time limit. */
export async function persist<T>(
  signal: AbortSignal,
  call: (attempt: AbortSignal) => Promise<T>,
  callMs = CALL_MS,
): Promise<T> {
  for (;;) {
    try {
      return await call(AbortSignal.any([signal, AbortSignal.timeout(callMs)]));
    } catch (error) {
      signal.throwIfAborted();
      if (!TRANSIENT.has(toDepthmeshError(error).reason)) throw error;
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
}

export function hasReason(error: unknown, reasons: readonly Reason[]): boolean {
  return error instanceof DepthmeshError && reasons.includes(error.reason);
}
