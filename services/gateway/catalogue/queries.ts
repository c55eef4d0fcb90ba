/** What the gateway asks the catalogue. Segments are no jobs; only `unsettledIds` tells of them. */
import { sql } from "kysely";
import type { JobState } from "../../../pipeline/record/record.js";
import { idsAround } from "./id-bounds.js";
import { blobKey, labelText } from "./row.js";
import type { Db } from "./tables.js";

export interface JobFilter {
  /** Undefined for all. */
  readonly tenant: string | undefined;
  /** Empty for all. */
  readonly states: readonly JobState[];
  /** A job must have all of them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Unix milliseconds of the creation, from `fromMs` until just before `beforeMs`. */
  readonly fromMs: number | null;
  readonly beforeMs: number | null;
}

/** Ids of jobs that fulfil the filter, newest first, after `after`: at most `limit`. */
export async function listIds(
  db: Db,
  { tenant, states, labels, fromMs, beforeMs }: JobFilter,
  after: string | undefined,
  limit: number,
): Promise<string[]> {
  let query = db
    .selectFrom("jobs")
    .select("id")
    .where("is_segment", "=", false)
    .where("deleted_at_ms", "is", null)
    .orderBy("id", "desc")
    .limit(limit);
  if (after !== undefined) query = query.where("id", "<", after);
  if (tenant !== undefined) query = query.where("tenant", "=", tenant);
  const [state] = states;
  if (state !== undefined) {
    query =
      states.length === 1 ? query.where("state", "=", state) : query.where("state", "in", states);
  }
  // The list is in the order of ids: where to begin and end in it.
  const { first, last } = idsAround(fromMs, beforeMs);
  if (fromMs !== null) query = query.where("created_at_ms", ">=", fromMs).where("id", ">=", first);
  if (beforeMs !== null) {
    query = query.where("created_at_ms", "<", beforeMs).where("id", "<", last);
  }
  const wanted = Object.entries(labels).map(([key, value]) => labelText(key, value));
  if (wanted.length > 0) query = query.where(sql<boolean>`labels @> ${wanted}::text[]`);
  return (await query.execute()).map(({ id }) => id);
}

/** How many jobs are in each state that has any, with those that are being deleted. */
export async function countByState(db: Db): Promise<Map<JobState, number>> {
  const rows = await db
    .selectFrom("job_counts")
    .select(["state", "jobs"])
    .where("jobs", ">", 0)
    .orderBy("state")
    .execute();
  return new Map(rows.map(({ state, jobs }) => [state as JobState, jobs]));
}

/** A job that has ended. */
export interface EndedJob {
  readonly id: string;
  readonly tenant: string;
  readonly state: JobState;
  /** Unix milliseconds. */
  readonly endedAtMs: number;
  /** Number of its last history entry. */
  readonly lastEntry: number;
}

export interface EndedQuery {
  readonly states: readonly JobState[];
  /** Unix milliseconds: the last moment of their end. */
  readonly beforeMs: number;
  readonly limit: number;
}

/** Jobs that ended in one of the states up to a time, the oldest first. */
export async function endedBefore(
  db: Db,
  { states, beforeMs, limit }: EndedQuery,
): Promise<EndedJob[]> {
  const rows = await db
    .selectFrom("jobs")
    .select(["id", "tenant", "state", "ended_at_ms", "last_entry"])
    .where("ended_at_ms", "<=", beforeMs)
    .where("deleted_at_ms", "is", null)
    .where("is_segment", "=", false)
    .where("state", "in", states)
    .orderBy("ended_at_ms")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    ...{ id: row.id, tenant: row.tenant, state: row.state as JobState },
    ...{ endedAtMs: row.ended_at_ms ?? 0, lastEntry: row.last_entry },
  }));
}

/** Jobs that a client has deleted and that still have a record. */
export async function deletedIds(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom("jobs")
    .select("id")
    .where("deleted_at_ms", "is not", null)
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * Records that a gateway must read at its start: those of jobs that have not ended and of segments,
 * those that ended at `sinceMs` (Unix milliseconds) or later, and the `newest` that ended last.
 */
export async function unsettledIds(
  db: Db,
  { sinceMs, newest }: { readonly sinceMs: number; readonly newest: number },
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    (select id from depthmesh.jobs where ended_at_ms is null)
    union (select id from depthmesh.jobs where is_segment)
    union (select id from depthmesh.jobs where ended_at_ms >= ${sinceMs})
    union (select id from (select id from depthmesh.jobs where ended_at_ms is not null
      order by ended_at_ms desc limit ${newest}) as latest)`.execute(db);
  return rows.map(({ id }) => id);
}

/** Whether a record refers to the blob, deleted jobs aside; of one tenant, if one is named. */
export async function isReferred(db: Db, sha256: string, tenant?: string): Promise<boolean> {
  let query = db
    .selectFrom("jobs")
    .select("id")
    .where(sql<boolean>`blobs @> array[${blobKey(sha256)}]::uuid[]`)
    .where("deleted_at_ms", "is", null)
    .limit(1);
  if (tenant !== undefined) query = query.where("tenant", "=", tenant);
  return (await query.execute()).length > 0;
}

/** Those of the ids that are jobs that have ended. */
export async function endedAmong(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom("jobs")
    .select("id")
    .where("id", "in", ids)
    .where("ended_at_ms", "is not", null)
    .where("is_segment", "=", false)
    .execute();
  return new Set(rows.map(({ id }) => id));
}
