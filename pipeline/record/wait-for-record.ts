/** Waiting for a job record to become something. */
import { DepthmeshError, toDepthmeshError } from "../../core/errors.js";
import type { JobRecord } from "./record.js";
import { type JobStore, jobNotFound, type Versioned } from "./store.js";

/**
 * The first record that `holds` is true of, now or later; a bus that is away is waited for. Throws JOB_NOT_FOUND and the
 * signal's reason.
 */
export async function waitForRecord(
  store: JobStore,
  job: string,
  signal: AbortSignal,
  holds: (record: JobRecord) => boolean,
): Promise<JobRecord> {
  signal.throwIfAborted();
  const current = await readUnlessAway(store, job);
  if (current && holds(current.record)) return current.record;
  for await (const record of store.watch(job, signal)) {
    if (holds(record)) return record;
  }
  signal.throwIfAborted();
  await readUnlessAway(store, job);
  throw new DepthmeshError("BUS_UNAVAILABLE", "the watch ended");
}

/** Undefined: the watch will tell. Throws JOB_NOT_FOUND. */
async function readUnlessAway(store: JobStore, job: string): Promise<Versioned | undefined> {
  try {
    const current = await store.read(job);
    if (!current) throw jobNotFound(job);
    return current;
  } catch (error) {
    if (toDepthmeshError(error).reason === "BUS_UNAVAILABLE") return undefined;
    throw error;
  }
}
