/**
 * What a division changes in the record of its job, as pure functions: render divides the clip,
 * the segments' ends are folded in, the order to join them is decided, or all is made again.
 */
import { hashesIn } from "../../kit/blobs/store.js";
import type { Division } from "../record/division.js";
import { cancel, expire } from "../record/endings.js";
import {
  decideOrder,
  enterState,
  holds,
  isTerminal,
  type JobRecord,
  withProgress,
  withStage,
} from "../record/record.js";
import { MAX_REMAKES, type StageReport, withReport } from "../record/transitions.js";

const RESET = { done: false, doneBy: "", output: null, lease: null } as const;

/**
 * The holder of render hands the clip over to segments: render is done, and encode waits until
 * they are. Undefined when the lease is lost.
 */
export function divide(
  record: JobRecord,
  token: string,
  division: Division,
  report: StageReport,
  nowMs: number,
): JobRecord | undefined {
  if (!holds(record, "render", token)) return undefined;
  const { output = null } = report;
  const rendered = withStage(record, "render", { done: true, doneBy: token, output, lease: null });
  const waiting = withStage(rendered, "encode", { lease: null, order: null });
  return { ...withReport(waiting, "render", report), division, updatedAtMs: nowMs };
}

/** Whether the record still waits for the segments of this division. */
export function awaits(record: JobRecord, { id }: Pick<Division, "id">): boolean {
  const { done, order } = record.stages.encode;
  return !isTerminal(record) && record.division?.id === id && !done && order === null;
}

/**
 * The job with what its segments have reached: their progress, the state ENCODE when the first of
 * them is encoded, and the order to join them when all are done. A segment that has failed ends the
 * job in the same way, unless a file of depth was lost: then depth is done again. Undefined if that
 * changes nothing. `segments` are those of the division, in order.
 */
export function fold(
  record: JobRecord,
  division: Division,
  segments: readonly JobRecord[],
  nowMs: number,
): JobRecord | undefined {
  if (!awaits(record, division)) return undefined;
  const failed = segments.find(({ state }) => state === "FAILED" || state === "EXPIRED");
  if (failed) return withFailure(record, failed, nowMs);
  let next = withSegmentsProgress(record, division, segments);
  const isEncoded = segments.some(({ state }) => state === "ENCODE" || state === "SUCCEEDED");
  if (isEncoded && record.state !== "ENCODE") next = enterState(next, "ENCODE", nowMs);
  if (segments.every(({ state }) => state === "SUCCEEDED")) {
    const retries = segments.reduce((sum, segment) => sum + retriesOf(segment), 0);
    const order = decideOrder(record.generation, nowMs);
    return { ...withStage(next, "encode", { order }), division: { ...division, retries } };
  }
  return next === record ? undefined : next;
}

/** Steps of progress that are worth a write to the record. */
const PROGRESS_STEP = 0.01;

function withSegmentsProgress(
  record: JobRecord,
  { ranges }: Division,
  segments: readonly JobRecord[],
): JobRecord {
  const total = ranges.reduce((sum, { frames }) => sum + frames, 0);
  const reached = (stage: "render" | "encode") =>
    segments.reduce((sum, { progress }, i) => sum + progress[stage] * (ranges[i]?.frames ?? 0), 0) /
    total;
  return (["render", "encode"] as const).reduce((next, stage) => {
    const fraction = reached(stage);
    const isWorthIt = fraction >= next.progress[stage] + PROGRESS_STEP;
    return isWorthIt ? withProgress(next, stage, fraction) : next;
  }, record);
}

function retriesOf({ stages }: JobRecord): number {
  return [stages.render, stages.encode].reduce(
    (sum, { attempts, crashes, deferrals }) => sum + attempts + crashes + deferrals,
    0,
  );
}

function withFailure(record: JobRecord, { error }: JobRecord, nowMs: number): JobRecord {
  const { reason = "INTERNAL", message = "a segment has failed", metadata = {} } = error ?? {};
  const late = reason === "JOB_DEADLINE_EXCEEDED" ? expire(record, nowMs) : undefined;
  if (late) return late;
  const isLost = reason === "BLOB_NOT_FOUND" || reason === "BLOB_CORRUPT";
  const ofDepth = hashesIn(JSON.stringify(record.stages.depth.output));
  const isOfDepth = isLost && ofDepth.includes(metadata.sha256 ?? "");
  const again = isOfDepth ? depthAgain(record, reason, nowMs) : undefined;
  if (again) return again;
  return { ...enterState(record, "FAILED", nowMs, reason), error: { reason, message, metadata } };
}

/** Undefined when depth was done again too often already. */
function depthAgain(record: JobRecord, reason: string, nowMs: number): JobRecord | undefined {
  const { remakes = 0 } = record.stages.depth;
  if (remakes >= MAX_REMAKES) return undefined;
  const order = decideOrder(record.generation, nowMs);
  const undivided = withoutDivision(record);
  const unmade = withStage(undivided, "depth", {
    ...{ ...RESET, remakes: remakes + 1, order },
  });
  const later = withStage(unmade, "render", { ...RESET, order: null });
  return enterState(later, record.state, nowMs, reason);
}

/**
 * The holder of encode cannot join the segments, and has the clip made again: by other segments
 * because a file of these is lost, or `whole`, because they do not fit together. The gateway
 * publishes render's order (rule 11). Undefined when the lease is lost, or after too many times.
 */
export function renderAgain(
  record: JobRecord,
  token: string,
  { whole, reason }: { readonly whole: boolean; readonly reason: string },
  nowMs: number,
): JobRecord | undefined {
  const { remakes = 0 } = record.stages.render;
  if (!holds(record, "encode", token) || remakes >= MAX_REMAKES) return undefined;
  const freed = withStage(withoutDivision(record), "encode", { lease: null, order: null });
  const again = withStage(freed, "render", {
    ...{ ...RESET, remakes: remakes + 1 },
    // Decided long ago, as it were: whoever publishes it need not wait for the holder.
    order: { ...decideOrder(record.generation, nowMs), decidedAtMs: 0 },
  });
  const entered = enterState(again, record.state, nowMs, reason);
  return whole ? { ...entered, undivided: true } : entered;
}

/** In a new generation, for which no order to join the segments is good. */
function withoutDivision({ division: _, generation, ...record }: JobRecord): JobRecord {
  return { ...record, generation: generation + 1 };
}

/** A segment whose job has ended, or is divided in another way, ends too. */
export const endSegment = cancel;
