/** Waiting for a job record to become something. */
import { DepthmeshError } from "../errors.js";
import type { JobRecord } from "./record.js";
import { type JobStore, jobNotFound } from "./store.js";

/** The first record that `holds` is true of, now or later. Throws JOB_NOT_FOUND and the signal's reason. */
export async function untilRecord(
  store: JobStore,
  job: string,
  signal: AbortSignal,
  holds: (record: JobRecord) => boolean,
): Promise<JobRecord> {
  signal.throwIfAborted();
  const current = await store.read(job);
  if (!current) throw jobNotFound(job);
  if (holds(current.record)) return current.record;
  for await (const record of store.watch(job, signal)) {
    if (holds(record)) return record;
  }
  signal.throwIfAborted();
  throw new DepthmeshError("BUS_UNAVAILABLE", "the watch ended");
}
