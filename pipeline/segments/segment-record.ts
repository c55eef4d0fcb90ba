/**
 * The record of one segment: a job of its own for the workers, with the depth of the job whose clip
 * it is a part of. All rules of a job hold for it unchanged.
 */
import { createHash } from "node:crypto";
import type { Division } from "../record/division.js";
import { idBeside } from "../record/id.js";
import {
  decideOrder,
  type JobRecord,
  newRecord,
  withProgress,
  withStage,
} from "../record/record.js";

/**
 * The id of a segment, which follows from the division, so that making the record twice makes one.
 * It has the form of a job's id, and sorts beside its job's.
 */
export function segmentId(job: string, division: string, index: number): string {
  return idBeside(job, createHash("sha256").update(`${job}/${division}/${index}`).digest());
}

/** The ids of all segments of a division, in order. */
export function segmentIds(job: string, { id, ranges }: Division): string[] {
  return ranges.map((_, index) => segmentId(job, id, index));
}

/** A QUEUED record whose render order is decided but not published yet. */
export function segmentRecord(
  job: JobRecord,
  division: Division,
  index: number,
  nowMs: number,
): JobRecord {
  const range = division.ranges[index];
  if (!range) throw new RangeError(`the division has no segment ${index}`);
  const { tenant, lane, specBlob, photoBlob, traceId, deadlineAtMs } = job;
  const id = segmentId(job.id, division.id, index);
  const made = { tenant, lane, specBlob, photoBlob, traceId, deadlineAtMs };
  const fresh = newRecord({ id, ...made, lastStage: "encode", nowMs });
  const { done, doneBy, output } = job.stages.depth;
  const seen = withStage(fresh, "depth", { done, doneBy, output, order: null });
  return {
    ...withStage(withProgress(seen, "depth", 1), "render", { order: decideOrder(0, nowMs) }),
    createdAtMs: job.createdAtMs,
    segmentOf: job.id,
    segment: { ...range, division: division.id, index, quality: division.quality },
  };
}
