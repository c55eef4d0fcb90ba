/**
 * Brings changes of records into the catalogue. Every gateway that shares it applies all changes in
 * the order of their revisions; the row of progress lets each of them in once, whoever comes first,
 * and makes a change and the progress one transaction: whatever is killed in between leaves the
 * catalogue as it was before.
 */
import { sql, type Transaction } from "kysely";
import type { KvPosition } from "../../../kit/nats/kv.js";
import type { JobStore } from "../../../pipeline/record/store.js";
import type { Db, JobRow, Tables } from "./tables.js";

/** All changes of a bucket after one revision up to another, the newest of each record. */
export interface Changes {
  readonly bucketCreated: string;
  readonly after: number;
  readonly through: number;
  readonly rows: readonly JobRow[];
  readonly removed: readonly { readonly id: string; readonly revision: number }[];
  /** Unix milliseconds: nothing newer was there then; undefined if that is not known. */
  readonly seenAtMs?: number | undefined;
}

export type Applied =
  /** The catalogue has them now. */
  | { readonly kind: "applied"; readonly revision: number }
  /** It lacks changes before them, or is of another bucket: they are left out. */
  | { readonly kind: "gap"; readonly at: KvPosition };

/** Idempotent; safe with any number of callers at once. */
export async function applyChanges(db: Db, changes: Changes): Promise<Applied> {
  return db.transaction().execute(async (tx) => {
    const at = await lockProgress(tx);
    if (at.created !== changes.bucketCreated || at.revision < changes.after) {
      return { kind: "gap", at };
    }
    const isNew = ({ revision }: { readonly revision: number }) => revision > at.revision;
    await upsertRows(tx, changes.rows.filter(isNew));
    await removeRows(tx, changes.removed.filter(isNew));
    const revision = Math.max(at.revision, changes.through);
    await moveProgress(tx, { revision, seenAtMs: changes.seenAtMs });
    return { kind: "applied", revision };
  });
}

/** How far the catalogue has come. */
export async function progressOf(db: Db): Promise<KvPosition & { readonly seenAtMs: number }> {
  const row = await db
    .selectFrom("progress")
    .select(["bucket_created", "revision", "seen_at_ms"])
    .executeTakeFirstOrThrow();
  return { created: row.bucket_created, revision: row.revision, seenAtMs: row.seen_at_ms };
}

/**
 * Empties the catalogue if it is of another bucket than `at`, or has come further: the records were
 * lost, or an earlier state of them was restored. Returns whether it did.
 */
export async function beginAnewUnless(db: Db, at: KvPosition): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const known = await lockProgress(tx);
    if (known.created === at.created && known.revision <= at.revision) return false;
    await tx.deleteFrom("jobs").execute();
    await tx
      .updateTable("progress")
      .set({ bucket_created: at.created, revision: 0, seen_at_ms: 0 })
      .execute();
    return known.created !== "";
  });
}

/**
 * Empties the catalogue if it is of other records than there are. Its progress is read before the
 * bucket: whoever shares the catalogue may move it on meanwhile, but never beyond the bucket.
 */
export async function fitToBucket(
  db: Db,
  store: Pick<JobStore, "position">,
): Promise<{ readonly at: KvPosition; readonly isAnew: boolean }> {
  const known = await progressOf(db);
  const at = await store.position();
  const isFitting = known.created === at.created && known.revision <= at.revision;
  return { at, isAnew: !isFitting && (await beginAnewUnless(db, at)) };
}

/**
 * Rows as the records have them, without progress: for a rebuild. The newest one stays. `removed`
 * are the ids of records that were removed since the rows were read, as far as is known when it is
 * looked at: they get no row.
 */
export async function rewriteRows(
  db: Db,
  rows: readonly JobRow[],
  removed: ReadonlySet<string>,
): Promise<void> {
  const there = rows.filter(({ id }) => !removed.has(id));
  if (there.length === 0) return;
  await db.transaction().execute(async (tx) => {
    await lockProgress(tx);
    await upsertRows(tx, there);
  });
  const late = there.filter(({ id }) => removed.has(id)).map(({ id }) => id);
  if (late.length > 0) await removeOlderRows(db, late, Number.MAX_SAFE_INTEGER);
}

/** Removes rows without progress, unless they are newer than a revision. Returns how many. */
export async function removeOlderRows(
  db: Db,
  ids: readonly string[],
  revision: number,
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    await lockProgress(tx);
    const { numDeletedRows } = await tx
      .deleteFrom("jobs")
      .where(sql<boolean>`id = any(${ids}::text[])`)
      .where("revision", "<=", revision)
      .executeTakeFirst();
    return Number(numDeletedRows);
  });
}

/** Counts the jobs of each state anew. */
export async function recount(db: Db): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockProgress(tx);
    await tx.deleteFrom("job_counts").execute();
    await sql`insert into depthmesh.job_counts (state, jobs) select state, count(*)
      from depthmesh.jobs where not is_segment group by state`.execute(tx);
  });
}

async function upsertRows(tx: Transaction<Tables>, rows: readonly JobRow[]): Promise<void> {
  if (rows.length === 0) return;
  // One parameter, however many rows there are; rows that tell nothing new are not written.
  await sql`
    insert into depthmesh.jobs (id, tenant, state, created_at_ms, ended_at_ms, deleted_at_ms,
      last_entry, revision, labels, blobs, is_segment, pixel_frames, stored_bytes)
    select id, tenant, state, created_at_ms, ended_at_ms, deleted_at_ms,
      last_entry, revision, labels, blobs, is_segment, pixel_frames, stored_bytes
    from jsonb_populate_recordset(null::depthmesh.jobs, ${JSON.stringify(rows)}::jsonb)
    on conflict (id) do update set
      tenant = excluded.tenant, state = excluded.state, created_at_ms = excluded.created_at_ms,
      ended_at_ms = excluded.ended_at_ms, deleted_at_ms = excluded.deleted_at_ms,
      last_entry = excluded.last_entry, revision = excluded.revision, labels = excluded.labels,
      blobs = excluded.blobs, is_segment = excluded.is_segment,
      pixel_frames = excluded.pixel_frames, stored_bytes = excluded.stored_bytes
    where excluded.revision >= jobs.revision and
      (jobs.tenant, jobs.state, jobs.created_at_ms, jobs.ended_at_ms, jobs.deleted_at_ms,
       jobs.last_entry, jobs.labels, jobs.blobs, jobs.is_segment, jobs.pixel_frames,
       jobs.stored_bytes)
      is distinct from
      (excluded.tenant, excluded.state, excluded.created_at_ms, excluded.ended_at_ms,
       excluded.deleted_at_ms, excluded.last_entry, excluded.labels, excluded.blobs,
       excluded.is_segment, excluded.pixel_frames, excluded.stored_bytes)`.execute(tx);
}

async function removeRows(
  tx: Transaction<Tables>,
  removed: readonly { readonly id: string; readonly revision: number }[],
): Promise<void> {
  if (removed.length === 0) return;
  const ids = removed.map(({ id }) => id);
  await sql`delete from depthmesh.jobs where id = any(${ids}::text[])`.execute(tx);
}

/** Whoever changes the catalogue has the row of progress until its transaction ends. */
async function lockProgress(tx: Transaction<Tables>): Promise<KvPosition> {
  const row = await tx
    .selectFrom("progress")
    .select(["bucket_created", "revision"])
    .forUpdate()
    .executeTakeFirstOrThrow();
  return { created: row.bucket_created, revision: row.revision };
}

async function moveProgress(
  tx: Transaction<Tables>,
  { revision, seenAtMs }: { readonly revision: number; readonly seenAtMs: number | undefined },
): Promise<void> {
  await tx
    .updateTable("progress")
    .set({ revision, ...(seenAtMs !== undefined && { seen_at_ms: seenAtMs }) })
    .execute();
}
