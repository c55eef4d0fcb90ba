/**
 * The mark of a job that a client has deleted. It is written first, so that a gateway that dies
 * while it removes the job's files continues after its start.
 */
import { jobNotFound } from "./id.js";
import { isTerminal, type JobRecord } from "./record.js";

/** The record with the mark; undefined for a job that has it or has not ended. */
export function markDeleted(record: JobRecord, nowMs: number): JobRecord | undefined {
  if (isDeleted(record) || !isTerminal(record)) return undefined;
  return { ...record, deletedAtMs: nowMs };
}

export function isDeleted({ deletedAtMs }: Pick<JobRecord, "deletedAtMs">): boolean {
  return deletedAtMs !== undefined;
}

/** The same record. Throws JOB_NOT_FOUND for a deleted job. */
export function undeleted(record: JobRecord): JobRecord {
  if (isDeleted(record)) throw jobNotFound(record.id);
  return record;
}
