/**
 * The interface of a store of job records, and two functions on top of it: change a record by
 * compare-and-set, and wait until a record fulfils a condition.
 */

import { DepthmeshError, toDepthmeshError } from "../../core/errors.js";
import type { KvPosition } from "../../kit/nats/kv.js";
import { jobNotFound } from "./id.js";
import { measureEnd } from "./job-metrics.js";
import type { JobRecord } from "./record.js";

/** More conflicts in a row than this mean a defect: contention alone never reaches it. */
const MAX_CONFLICTS = 50;

export interface Versioned {
  readonly record: JobRecord;
  readonly revision: number;
}

export interface ReadOptions {
  readonly atLeast?: number | undefined;
}

export interface Updated extends Versioned {
  readonly changed: boolean;
}

/** An event of a watch over all records. */
export type StoreChange =
  | { readonly kind: "put"; readonly record: JobRecord; readonly revision: number }
  | { readonly kind: "removed"; readonly id: string; readonly revision: number }
  /** The record has become one that cannot be read; it is logged and counted already. */
  | { readonly kind: "unreadable"; readonly id: string; readonly revision: number }
  /**
   * All existing records have been reported, up to a revision; sent again after each loss of the
   * connection.
   */
  | { readonly kind: "current"; readonly revision: number };

/** Every method throws BUS_UNAVAILABLE when the backend does not answer. */
export interface JobStore {
  /** Stores a new record. Returns its revision; undefined when the id exists already. */
  create(record: JobRecord): Promise<number | undefined>;
  /**
   * The newest record, whichever server of a cluster this process is connected to. With `atLeast`,
   * a revision that is known to exist, it reads on until the store has that revision, for at most
   * 2 s: then it returns what there is. Throws JOB_RECORD_UNREADABLE.
   */
  read(id: string, options?: ReadOptions): Promise<Versioned | undefined>;
  /**
   * Stores `record` if `revision` is still the newest. Returns the new revision, or undefined after
   * a conflict.
   */
  replace(record: JobRecord, revision: number): Promise<number | undefined>;
  /**
   * Removes a record; does nothing when it is gone already. With a revision, only while that is the
   * newest one: returns false after a conflict.
   */
  remove(id: string, revision?: number): Promise<boolean>;
  /**
   * Yields the record as it is now and after each change, until it is removed or the signal fires.
   * Leaves out what cannot be read. Changes may be skipped, even the last one before a removal, but
   * are never reordered.
   */
  watch(id: string, signal: AbortSignal): AsyncIterable<JobRecord>;
  /** As `watch`, for all records: those that changed after a position, if one is given. */
  watchAll(signal: AbortSignal, after?: KvPosition): AsyncIterable<StoreChange>;
  /**
   * The newest change of each record that changed after a position, as far as they exist now, and
   * then `current`. They are read no faster than they are taken.
   */
  changesAfter(signal: AbortSignal, after?: KvPosition): AsyncIterable<StoreChange>;
  /** Of the last change of any record. */
  position(): Promise<KvPosition>;
  /** The revision of the last change of any record. Revisions rise over all records. */
  lastRevision(): Promise<number>;
  /** The ids of all jobs, newest first. Ids of removed records may appear for a while. */
  ids(): Promise<string[]>;
}

/**
 * Changes a record by compare-and-set. `change` gets the newest record and returns its successor,
 * or undefined to leave it as it is. After a conflict it is called again, so it must be pure.
 * `known` saves a read where it is still the newest; nothing older is read after it. Returns the
 * record as it is afterwards. Throws JOB_NOT_FOUND, JOB_RECORD_UNREADABLE, BUS_UNAVAILABLE.
 */
export async function updateRecord(
  store: Pick<JobStore, "read" | "replace">,
  id: string,
  change: (record: JobRecord) => JobRecord | undefined,
  known?: Versioned,
): Promise<Updated> {
  let current = known;
  let atLeast = known?.revision;
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    const isFresh = current === undefined;
    current ??= await store.read(id, { atLeast });
    if (!current) throw jobNotFound(id);
    const next = change(current.record);
    if (next) {
      const revision = await store.replace(next, current.revision);
      if (revision !== undefined) {
        measureEnd(current.record, next);
        return { record: next, revision, changed: true };
      }
      atLeast = current.revision + 1;
    } else if (isFresh) return { ...current, changed: false };
    current = undefined;
  }
  throw new DepthmeshError(
    "BUS_UNAVAILABLE",
    `the job record changed ${MAX_CONFLICTS} times during one update`,
  );
}

/**
 * Waits until the record fulfils `condition`, and returns it. While NATS is away it waits on.
 * Throws JOB_NOT_FOUND, and the signal's reason.
 */
export async function waitForRecord(
  store: JobStore,
  job: string,
  signal: AbortSignal,
  condition: (record: JobRecord) => boolean,
): Promise<JobRecord> {
  signal.throwIfAborted();
  const current = await readUnlessAway(store, job);
  if (current && condition(current.record)) return current.record;
  for await (const record of store.watch(job, signal)) {
    if (condition(record)) return record;
  }
  signal.throwIfAborted();
  await readUnlessAway(store, job);
  throw new DepthmeshError("BUS_UNAVAILABLE", "the watch of the job record ended");
}

/** Undefined while NATS is away: the watch reports the record later. Throws JOB_NOT_FOUND. */
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
