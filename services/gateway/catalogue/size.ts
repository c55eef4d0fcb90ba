/** How large the catalogue is, and which Postgres it is in. */
import { sql } from "kysely";
import type { Db } from "./tables.js";

export interface CatalogueSize {
  /** Such as `PostgreSQL 15.8`. */
  readonly engine: string;
  /** Jobs of callers, with those that are being deleted. */
  readonly jobs: number;
  /** Of its tables and indexes. */
  readonly sizeBytes: number;
}

export async function sizeOf(db: Db): Promise<CatalogueSize> {
  const { rows } = await sql<{ version: string; jobs: number; size: number }>`
    select version() as version,
      (select coalesce(sum(jobs), 0)::bigint from depthmesh.job_counts) as jobs,
      (select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint from pg_class
        where relnamespace = 'depthmesh'::regnamespace and relkind = 'r') as size`.execute(db);
  const { version = "", jobs = 0, size = 0 } = rows[0] ?? {};
  return { engine: version.split(" ").slice(0, 2).join(" "), jobs, sizeBytes: size };
}
