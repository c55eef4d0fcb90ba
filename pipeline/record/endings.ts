/** How a job ends otherwise than well. Each is undefined for a job that has ended already: a job ends once. */
import type { Stage } from "../nats/subjects.js";
import { enterState, holds, isTerminal, type JobError, type JobRecord } from "./record.js";

/** The holder of a stage's lease gives the job up. Undefined also where the lease is lost. */
export function fail(
  record: JobRecord,
  { stage, token }: { readonly stage: Stage; readonly token: string },
  error: JobError,
  nowMs: number,
): JobRecord | undefined {
  return holds(record, stage, token) ? endWith(record, "FAILED", error, nowMs) : undefined;
}

/** End the job on a client's wish. */
export function cancel(record: JobRecord, nowMs: number): JobRecord | undefined {
  return isTerminal(record) ? undefined : enterState(record, "CANCELLED", nowMs, "JOB_CANCELLED");
}

/** End a job whose deadline has passed: EXPIRED while it waited for its first worker, FAILED after. */
export function expire(record: JobRecord, nowMs: number): JobRecord | undefined {
  const { deadlineAtMs, state } = record;
  if (isTerminal(record) || deadlineAtMs === null || nowMs < deadlineAtMs) return undefined;
  const error = {
    reason: "JOB_DEADLINE_EXCEEDED",
    message: "the job's deadline has passed",
    metadata: { deadline: new Date(deadlineAtMs).toISOString() },
  };
  return endWith(record, state === "QUEUED" ? "EXPIRED" : "FAILED", error, nowMs);
}

function endWith(
  record: JobRecord,
  state: "FAILED" | "EXPIRED",
  error: JobError,
  nowMs: number,
): JobRecord {
  return { ...enterState(record, state, nowMs, error.reason), error };
}
