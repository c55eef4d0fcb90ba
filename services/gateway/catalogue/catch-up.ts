/** Brings records into the catalogue from their bucket: those that changed, or all. */
import type { KvPosition } from "../../../kit/nats/kv.js";
import type { JobStore } from "../../../pipeline/record/store.js";
import { applyChanges, fitToBucket, progressOf, recount, rewriteRows } from "./apply-changes.js";
import { PendingChanges } from "./pending-changes.js";
import type { Db } from "./tables.js";

export type WatchedStore = Pick<JobStore, "changesAfter" | "position">;

/** Rows of one transaction: small enough that a list in between does not wait for long. */
export const BATCH_ROWS = 200;

export interface CatchUpEvents {
  /** The catalogue is of other records than there are, and begins anew. */
  onAnew(at: KvPosition): void;
  /** After each batch: how far it is, of how far it must come. */
  onProgress(done: number, total: number): void;
}

/**
 * Applies every change since the catalogue's own progress, until it has all that were made before
 * this call. Throws BUS_UNAVAILABLE and what the database throws; what was applied stays.
 */
export async function catchUp(
  db: Db,
  store: WatchedStore,
  signal: AbortSignal,
  events: CatchUpEvents,
): Promise<void> {
  const { at: last, isAnew } = await fitToBucket(db, store);
  if (isAnew) events.onAnew(last);
  const from = await progressOf(db);
  const pending = new PendingChanges(Number.POSITIVE_INFINITY);
  pending.bucketCreated = last.created;
  pending.beginAfter(from.revision);
  const apply = async () => {
    const changes = pending.batch(BATCH_ROWS);
    const applied = await applyChanges(db, changes);
    if (applied.kind === "gap") throw new Error("another gateway has begun the catalogue anew");
    pending.done(changes);
    events.onProgress(changes.through - from.revision, last.revision - from.revision);
  };
  for await (const change of store.changesAfter(signal, from)) {
    pending.take(change);
    if (pending.bucketCreated === "") throw new Error("the bucket of records has begun anew");
    if (pending.size >= BATCH_ROWS) await apply();
  }
  while (!pending.isEmpty && !signal.aborted) await apply();
}

/**
 * Writes the row of every record again, whatever the catalogue has. Its progress stays. `removed`
 * as in `rewriteRows`.
 */
export async function rewriteAll(
  db: Db,
  store: WatchedStore,
  signal: AbortSignal,
  removed: ReadonlySet<string>,
  onProgress: CatchUpEvents["onProgress"],
): Promise<void> {
  const last = await store.position();
  const pending = new PendingChanges(Number.POSITIVE_INFINITY);
  pending.bucketCreated = last.created;
  const write = async () => {
    const changes = pending.batch(BATCH_ROWS);
    await rewriteRows(db, changes.rows, removed);
    pending.done(changes);
    onProgress(changes.through, last.revision);
  };
  for await (const change of store.changesAfter(signal)) {
    pending.take(change);
    if (pending.size >= BATCH_ROWS) await write();
  }
  while (!pending.isEmpty && !signal.aborted) await write();
  await recount(db);
}
