/**
 * Tends the segments of a job: makes those that are missing, folds what they have reached into the
 * job, publishes the order to join them, and ends those that nobody needs. Every step can be
 * repeated and follows from the records alone, so that whoever comes next finishes what a process
 * has begun and died over. The gateways do it, at each change of a record that asks for it and in
 * each pass of their maintenance: no worker may publish the orders that it takes.
 */
import { DepthmeshError } from "../../core/errors.js";
import { failpoint } from "../../kit/process/failpoint.js";
import type { Division } from "../record/division.js";
import { isTerminal, type JobRecord } from "../record/record.js";
import { type JobStore, updateRecord, type Versioned } from "../record/store.js";
import { readIfReadable } from "../record/stored-record.js";
import type { Stage } from "../stages.js";
import { endSegment, fold } from "./divide.js";
import { segmentId, segmentIds, segmentRecord } from "./segment-record.js";

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
 * Whether a job and its segments, as they are known, leave something to do. It spares a gateway
 * reading them for a change from which nothing follows, as most of the segments' progress.
 */
export function isTendingDue(
  record: JobRecord | undefined,
  known: readonly Versioned[],
  nowMs: number,
): boolean {
  const division = divisionOf(record);
  if (strangersIn(known, division).length > 0) return true;
  if (!record || !division || record.stages.encode.order) return false;
  const byId = new Map(known.map((segment) => [segment.record.id, segment.record]));
  const made = segmentIds(record.id, division).flatMap((id) => byId.get(id) ?? []);
  const isWhole = made.length === division.ranges.length && !made.some(isCancelled);
  return !isWhole || fold(record, division, made, nowMs) !== undefined;
}

/**
 * `known` are the segments of the job as the caller has seen them, those of earlier divisions too:
 * only they can be ended, and only those that it has not seen are read. Throws BUS_UNAVAILABLE.
 */
export async function tendSegments(
  parts: TendParts,
  job: string,
  known: readonly Versioned[] = [],
): Promise<void> {
  let found = await readIfReadable(parts.store, job);
  if (found === "unreadable") return;
  if (strangersIn(known, divisionOf(found?.record)).length > 0) {
    // The division is older than its segments. A server that has just become the leader of a
    // cluster may lack it for a moment: segments that are needed would be ended.
    const atLeast = Math.max(...known.map(({ revision }) => revision));
    found = await readIfReadable(parts.store, job, { atLeast });
    if (found === "unreadable") return;
  }
  const division = divisionOf(found?.record);
  for (const segment of strangersIn(known, division)) await end(parts, segment);
  if (found && division) await advance(parts, found, division, known);
}

/** The segments of which division a job waits for. */
function divisionOf(record: JobRecord | undefined): Division | undefined {
  return record && !isTerminal(record) ? record.division : undefined;
}

/** Those that the job does not wait for. */
function strangersIn(known: readonly Versioned[], division: Division | undefined): Versioned[] {
  return known.filter(({ record }) => record.segment?.division !== division?.id);
}

const isCancelled = ({ state }: JobRecord) => state === "CANCELLED";

async function advance(
  parts: TendParts,
  job: Versioned,
  division: Division,
  known: readonly Versioned[],
): Promise<void> {
  const { record } = job;
  // The joiner reads them, and has one made again in another division if it is lost.
  if (record.stages.encode.order) return;
  const byId = new Map(known.map((segment) => [segment.record.id, segment.record]));
  const segments = await Promise.all(
    segmentIds(record.id, division).map((id, index) => {
      const seen = byId.get(id);
      return seen && !isCancelled(seen) ? seen : ensure(parts, record, division, index);
    }),
  );
  const folded = await updateRecord(
    parts.store,
    record.id,
    (current) => fold(current, division, segments, Date.now()),
    job,
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
  if (found && !isCancelled(found.record)) return found.record;
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
async function end(parts: TendParts, { record, revision }: Versioned): Promise<void> {
  const found = await readIfReadable(parts.store, record.id, { atLeast: revision });
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
