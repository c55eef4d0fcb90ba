/**
 * The ways in which a job ends other than by the commit of its last stage: failure, cancel, passed
 * deadline, and a result from the result cache. Pure functions; each returns undefined for a job
 * that has ended already, because a job ends only once.
 */
import type { EarlierResult } from "../results/result-cache.js";
import { STAGES, type Stage } from "../stages.js";
import { enterState, holds, isTerminal, type JobError, type JobRecord } from "./record.js";
import { type StageResult, withResult } from "./transitions.js";

/** The holder of a stage's lease ends the job as FAILED. Undefined also when the lease is lost. */
export function fail(
  record: JobRecord,
  { stage, token }: { readonly stage: Stage; readonly token: string },
  error: JobError,
  nowMs: number,
): JobRecord | undefined {
  return holds(record, stage, token) ? endWith(record, "FAILED", error, nowMs) : undefined;
}

/** A client's request ends the job as CANCELLED. */
export function cancel(record: JobRecord, nowMs: number): JobRecord | undefined {
  return isTerminal(record) ? undefined : enterState(record, "CANCELLED", nowMs, "JOB_CANCELLED");
}

/**
 * Ends a job whose deadline has passed: EXPIRED if no worker has started it yet, otherwise FAILED.
 */
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

const STAGES_AFTER_DEPTH = ["render", "encode"] as const;
type StageAfterDepth = (typeof STAGES_AFTER_DEPTH)[number];

/**
 * Commits depth and ends the job with the result of an earlier job: the later stages take over that
 * job's outputs, artifacts and notes. The artifacts and notes of depth are this job's own.
 * Undefined when the lease is lost.
 */
export function completeFromCache(
  record: JobRecord,
  token: string,
  depth: StageResult,
  earlier: EarlierResult,
  nowMs: number,
): JobRecord | undefined {
  if (!holds(record, "depth", token)) return undefined;
  const own = withResult(record, "depth", token, depth);
  const names = new Set(own.artifacts.map(({ name }) => name));
  const reused = earlier.artifacts.filter(({ name }) => !names.has(name));
  let next: JobRecord = { ...own, artifacts: [...own.artifacts, ...reused], cacheHit: true };
  for (const stage of stagesAfterDepth(record.lastStage)) {
    const notes = earlier.notes.filter((note) => note.stage === stage);
    next = withResult(next, stage, token, { output: earlier.outputs[stage], notes });
  }
  return enterState(next, "SUCCEEDED", nowMs);
}

function stagesAfterDepth(last: Stage): readonly StageAfterDepth[] {
  return STAGES_AFTER_DEPTH.filter((stage) => STAGES.indexOf(stage) <= STAGES.indexOf(last));
}
