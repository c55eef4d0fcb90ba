/** What tenants have used, by day: of jobs whose records are there, in the order of their ids. */
import { sql } from "kysely";
import type { Db } from "./tables.js";

const DAY_MS = 86_400_000;

export interface UsageQuery {
  /** Undefined for all. */
  readonly tenant: string | undefined;
  /** Unix milliseconds of the creation of jobs, from `fromMs` until just before `beforeMs`. */
  readonly fromMs: number | null;
  readonly beforeMs: number | null;
}

/** Of the jobs of a tenant that were created in one day. */
export interface UsageOfDay {
  /** Begins at midnight UTC, in Unix milliseconds. */
  readonly dayMs: number;
  readonly tenant: string;
  readonly jobs: number;
  /** Pixels of their clips, whether or not they were drawn. */
  readonly pixelFrames: number;
  /** Of the files that they have made; a file that two jobs share counts for each. */
  readonly storedBytes: number;
}

/**
 * The newest day first, and the tenants of a day from the last name to the first: what comes after
 * `after`, at most `limit`.
 */
export async function usageByDay(
  db: Db,
  { tenant, fromMs, beforeMs }: UsageQuery,
  after: Pick<UsageOfDay, "dayMs" | "tenant"> | undefined,
  limit: number,
): Promise<UsageOfDay[]> {
  let query = db
    .selectFrom("jobs")
    .select([
      "tenant",
      sql<number>`created_at_ms / ${sql.lit(DAY_MS)}`.as("day"),
      sql<number>`count(*)`.as("jobs"),
      sql<number>`${wholeSum("pixel_frames")}`.as("pixel_frames"),
      sql<number>`${wholeSum("stored_bytes")}`.as("stored_bytes"),
    ])
    .where("is_segment", "=", false)
    .where("deleted_at_ms", "is", null)
    .groupBy(["day", "tenant"])
    .orderBy("day", "desc")
    .orderBy("tenant", "desc")
    .limit(limit);
  if (tenant !== undefined) query = query.where("tenant", "=", tenant);
  if (fromMs !== null) query = query.where("created_at_ms", ">=", fromMs);
  if (beforeMs !== null) query = query.where("created_at_ms", "<", beforeMs);
  if (after !== undefined) {
    const { dayMs } = after;
    query = query.where((is) =>
      is.or([
        is("created_at_ms", "<", dayMs),
        is.and([is("created_at_ms", "<", dayMs + DAY_MS), is("tenant", "<", after.tenant)]),
      ]),
    );
  }
  const rows = await query.execute();
  return rows.map((row) => ({
    ...{ dayMs: row.day * DAY_MS, tenant: row.tenant, jobs: row.jobs },
    ...{ pixelFrames: row.pixel_frames, storedBytes: row.stored_bytes },
  }));
}

/** The largest number that programs keep whole is the largest sum. */
function wholeSum(column: "pixel_frames" | "stored_bytes") {
  return sql`least(sum(${sql.ref(column)}), ${sql.lit(Number.MAX_SAFE_INTEGER)})::bigint`;
}
