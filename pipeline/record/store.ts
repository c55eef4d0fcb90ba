/** Job records, changed by compare-and-set only: what every backend can do. */

import { DepthmeshError, toDepthmeshError } from "../../core/errors.js";
import { jobNotFound } from "./id.js";
import type { JobRecord } from "./record.js";

/** More conflicts in a row than this mean a defect, not contention. */
const MAX_CONFLICTS = 50;

export interface Versioned {
  readonly record: JobRecord;
  readonly revision: number;
}

export interface Updated extends Versioned {
  readonly changed: boolean;
}

/** What a watch over all records tells. */
export type StoreChange =
  | { readonly kind: "put"; readonly record: JobRecord }
  | { readonly kind: "removed"; readonly id: string }
  /** Everything that existed has been told; again after each break of the connection. */
  | { readonly kind: "current" };

/** Every method throws BUS_UNAVAILABLE when the backend does not answer. */
export interface JobStore {
  /** Store a new record. Returns false when one of this id exists. */
  create(record: JobRecord): Promise<boolean>;
  read(id: string): Promise<Versioned | undefined>;
  /** Store `record` where `revision` is still the newest: the new revision, or undefined where it is not. */
  replace(record: JobRecord, revision: number): Promise<number | undefined>;
  /**
   * Forget a record; one that is gone already is no error. Where a revision is named, only while that is the newest: false
   * where it is not.
   */
  remove(id: string, revision?: number): Promise<boolean>;
  /**
   * The record now and after each change, newest last, until it is removed or the signal fires. Changes may be skipped, the
   * last one before a removal too, and are never reordered.
   */
  watch(id: string, signal: AbortSignal): AsyncIterable<JobRecord>;
  /** The same for all records. */
  watchAll(signal: AbortSignal): AsyncIterable<StoreChange>;
  /** The ids of all jobs, newest first; some whose records were removed may be among them for a while. */
  ids(): Promise<string[]>;
}

/**
 * Change a record: `change` sees the newest one and returns its successor, or undefined to leave it. On a conflict it is
 * asked again, so it must be pure. `known` saves a read where it is still the newest. Returns the record that stands
 * afterwards. Throws JOB_NOT_FOUND, BUS_UNAVAILABLE.
 */
export async function updateRecord(
  store: Pick<JobStore, "read" | "replace">,
  id: string,
  change: (record: JobRecord) => JobRecord | undefined,
  known?: Versioned,
): Promise<Updated> {
  let current = known;
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    const isFresh = current === undefined;
    current ??= await store.read(id);
    if (!current) throw jobNotFound(id);
    const next = change(current.record);
    if (next) {
      const revision = await store.replace(next, current.revision);
      if (revision !== undefined) return { record: next, revision, changed: true };
    } else if (isFresh) return { ...current, changed: false };
    current = undefined;
  }
  throw new DepthmeshError("BUS_UNAVAILABLE", "the job record is too contended");
}

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
