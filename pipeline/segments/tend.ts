/**
 * Tends the segments of a job: makes those that are missing, folds what they have reached into the
 * job, publishes the order to join them, and ends those that nobody needs. Every step can be
 * repeated and follows from the records alone, so that whoever comes next finishes what a process
 * has begun and died over. The gateways do it, at each change of a record and in each pass of their
 * maintenance: no worker may publish the orders that it takes.
 */
import { DepthmeshError } from "../../core/errors.js";
import { failpoint } from "../../kit/process/failpoint.js";
import type { Division } from "../record/division.js";
import { isTerminal, type JobRecord } from "../record/record.js";
import { type JobStore, updateRecord, type Versioned } from "../record/store.js";
import { readIfReadable } from "../record/stored-record.js";
import type { Stage } from "../stages.js";
import { endSegment, fold } from "./divide.js";
import { segmentId, segmentRecord } from "./segment-record.js";

export interface TendParts {
  readonly store: Pick<JobStore, "create" | "read" | "replace" | "remove">;
  /** Publishes the order that the record has decided, in the trace of the division. */
  publish(decided: Versioned, stage: Stage, division: Division): Promise<unknown>;
  /** Makes a worker that holds the job read its record. */
  hint(id: string): void;
  /** Removes the record of an ended segment of no use, with its files. */
  discard?(segment: JobRecord): Promise<void>;
}

/**
 * `known` are the segments of the job that the caller knows of, those of earlier divisions too:
 * only they can be ended. Throws BUS_UNAVAILABLE.
 */
export async function tendSegments(
  parts: TendParts,
  job: string,
  known: readonly JobRecord[] = [],
): Promise<void> {
  const found = await readIfReadable(parts.store, job);
  if (found === "unreadable") return;
  const record = found?.record;
  const division = record && !isTerminal(record) ? record.division : undefined;
  for (const segment of known) {
    if (segment.segment?.division !== division?.id) await end(parts, segment);
  }
  if (record && division) await advance(parts, record, division);
}

async function advance(parts: TendParts, record: JobRecord, division: Division): Promise<void> {
  // The joiner reads them, and has one made again in another division if it is lost.
  if (record.stages.encode.order) return;
  const segments = await Promise.all(
    division.ranges.map((_, index) => ensure(parts, record, division, index)),
  );
  const folded = await updateRecord(parts.store, record.id, (current) =>
    fold(current, division, segments, Date.now()),
  );
  const { record: after, changed } = folded;
  const isJoinable = changed && !isTerminal(after) && after.stages.encode.order !== null;
  if (isJoinable) failpoint("after-fold-before-order", record.id);
  if (isJoinable) await parts.publish(folded, "encode", division);
}

/** The record of a segment, made if it is missing. */
async function ensure(
  parts: TendParts,
  job: JobRecord,
  division: Division,
  index: number,
): Promise<JobRecord> {
  const { store } = parts;
  const id = segmentId(job.id, division.id, index);
  const found = await store.read(id);
  if (found && found.record.state !== "CANCELLED") return found.record;
  // Only the end of its job cancels a segment: this job's end was forgotten.
  if (found) await store.remove(id, found.revision);
  const record = segmentRecord(job, division, index, Date.now());
  const revision = await store.create(record);
  if (revision === undefined) return (await store.read(id))?.record ?? record;
  failpoint("after-segment-before-publish", job.id);
  await parts.publish({ record, revision }, "render", division).catch((error) => {
    // The reconciler publishes it when the queue has room.
    if (!(error instanceof DepthmeshError && error.reason === "QUEUE_FULL")) throw error;
  });
  return record;
}

/** Cancels a segment that is worked on; discards one that has ended. */
async function end(parts: TendParts, segment: JobRecord): Promise<void> {
  const found = await readIfReadable(parts.store, segment.id);
  if (!found || found === "unreadable") return;
  let last = found.record;
  if (!isTerminal(last)) {
    const ended = await updateRecord(parts.store, last.id, (current) =>
      endSegment(current, Date.now()),
    );
    last = ended.record;
    parts.hint(last.id);
  }
  await parts.discard?.(last);
}
