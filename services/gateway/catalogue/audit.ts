/** Compares the catalogue with the records, and mends what it lacks or has too much. */

import type { JobStore } from "../../../pipeline/record/store.js";
import { isUnreadable } from "../../../pipeline/record/stored-record.js";
import { removeOlderRows, rewriteRows } from "./apply-changes.js";
import { rowOf } from "./row.js";
import type { Db, JobRow } from "./tables.js";

export type AuditedStore = Pick<JobStore, "ids" | "position" | "read">;

export interface AuditResult {
  readonly removed: number;
  readonly added: number;
}

const PAGE_ROWS = 2_000;
const READS_AT_ONCE = 16;

/**
 * Rows of records that are gone go, and records without a row get one. Both can only be where
 * changes were missed: a bucket keeps the mark of a removal for minutes, and a disk can lose what
 * was written. Safe beside changes, with the ids of records that are removed meanwhile. Throws
 * BUS_UNAVAILABLE and what the database throws.
 */
export async function audit(
  db: Db,
  store: AuditedStore,
  signal: AbortSignal,
  recentlyRemoved: ReadonlySet<string>,
): Promise<AuditResult> {
  const { revision } = await store.position();
  const ids = new Set(await store.ids());
  let removed = 0;
  for (let last = ""; !signal.aborted; ) {
    const page = await db
      .selectFrom("jobs")
      .select("id")
      .where("id", ">", last)
      .orderBy("id")
      .limit(PAGE_ROWS)
      .execute();
    const gone = page.filter(({ id }) => !ids.delete(id)).map(({ id }) => id);
    // A later row is of a record that was made since the ids were read.
    if (gone.length > 0) removed += await removeOlderRows(db, gone, revision);
    last = page.at(-1)?.id ?? "";
    if (page.length < PAGE_ROWS) break;
  }
  return { removed, added: await addMissing(db, store, ids, recentlyRemoved, signal) };
}

/** The ids of removed records are among them for a while. */
async function addMissing(
  db: Db,
  store: AuditedStore,
  ids: ReadonlySet<string>,
  recentlyRemoved: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<number> {
  const rest = ids.values();
  let added = 0;
  while (!signal.aborted) {
    const batch: string[] = [];
    for (const id of rest) if (batch.push(id) === READS_AT_ONCE) break;
    if (batch.length === 0) break;
    const rows = (await Promise.all(batch.map((id) => rowFrom(store, id)))).flatMap(
      (row) => row ?? [],
    );
    await rewriteRows(db, rows, recentlyRemoved);
    added += rows.length;
  }
  return added;
}

async function rowFrom(store: AuditedStore, id: string): Promise<JobRow | undefined> {
  try {
    const found = await store.read(id);
    return found && rowOf(found.record, found.revision);
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}
