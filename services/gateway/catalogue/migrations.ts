/**
 * The schema of the catalogue, step by step. A step that was released never changes. Steps only
 * add: a gateway of an earlier version works on while a later one has migrated already.
 */
import { type Kysely, type Migration, Migrator, sql } from "kysely";
import type { Db } from "./tables.js";

/** Its tables are in a schema of their own, beside whatever else the database has. */
export const SCHEMA = "depthmesh";
const DONE_TABLE = "migrations";

type AnyDb = Kysely<never>;

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "001-jobs": {
    up: (db: AnyDb) =>
      all(db, [
        // Ids are compared byte by byte, as in the lists of the API.
        `create table depthmesh.jobs (
          id text collate "C" primary key,
          tenant text collate "C" not null,
          state text collate "C" not null,
          created_at_ms bigint not null,
          ended_at_ms bigint,
          deleted_at_ms bigint,
          last_entry integer not null,
          revision bigint not null,
          labels text[] not null,
          blobs uuid[] not null,
          is_segment boolean not null
        )`,
        "create index jobs_of_tenant on depthmesh.jobs (tenant, id)",
        "create index jobs_of_tenant_in_state on depthmesh.jobs (tenant, state, id)",
        "create index jobs_in_state on depthmesh.jobs (state, id)",
        "create index jobs_by_creation on depthmesh.jobs (created_at_ms)",
        "create index jobs_by_end on depthmesh.jobs (ended_at_ms) where ended_at_ms is not null",
        "create index jobs_unfinished on depthmesh.jobs (id) where ended_at_ms is null",
        "create index jobs_deleted on depthmesh.jobs (id) where deleted_at_ms is not null",
        "create index segments on depthmesh.jobs (id) where is_segment",
        // Without the list of pending entries, which readers would have to search.
        "create index jobs_with_label on depthmesh.jobs using gin (labels) with (fastupdate = off)",
        "create index jobs_with_blob on depthmesh.jobs using gin (blobs) with (fastupdate = off)",
        "alter table depthmesh.jobs alter column labels set statistics 1000",
        `create table depthmesh.progress (
          singleton boolean primary key check (singleton),
          bucket_created text not null,
          revision bigint not null,
          seen_at_ms bigint not null
        )`,
        "insert into depthmesh.progress values (true, '', 0, 0)",
      ]),
  },
  "002-counts-and-usage": {
    up: (db: AnyDb) =>
      all(db, [
        "alter table depthmesh.jobs add column pixel_frames bigint not null default 0",
        "alter table depthmesh.jobs add column stored_bytes bigint not null default 0",
        // Counted by whoever changes a row, also by gateways that do not know of it.
        `create table depthmesh.job_counts (
          state text collate "C" primary key,
          jobs bigint not null
        )`,
        // In the order of the states, so that two writers wait for each other in one order.
        `create function depthmesh.count_jobs() returns trigger language plpgsql as $$
        begin
          if tg_op = 'TRUNCATE' then
            delete from depthmesh.job_counts;
          elsif tg_op = 'INSERT' then
            insert into depthmesh.job_counts as counts (state, jobs)
            select state, count(*) from new_rows where not is_segment
            group by state order by state
            on conflict (state) do update set jobs = counts.jobs + excluded.jobs;
          elsif tg_op = 'DELETE' then
            insert into depthmesh.job_counts as counts (state, jobs)
            select state, -count(*) from old_rows where not is_segment
            group by state order by state
            on conflict (state) do update set jobs = counts.jobs + excluded.jobs;
          else
            insert into depthmesh.job_counts as counts (state, jobs)
            select state, sum(change) from (
              select state, 1 as change from new_rows where not is_segment
              union all select state, -1 from old_rows where not is_segment
            ) as changes
            group by state having sum(change) <> 0 order by state
            on conflict (state) do update set jobs = counts.jobs + excluded.jobs;
          end if;
          return null;
        end $$`,
        `create trigger count_inserted after insert on depthmesh.jobs
          referencing new table as new_rows
          for each statement execute function depthmesh.count_jobs()`,
        `create trigger count_deleted after delete on depthmesh.jobs
          referencing old table as old_rows
          for each statement execute function depthmesh.count_jobs()`,
        `create trigger count_updated after update on depthmesh.jobs
          referencing old table as old_rows new table as new_rows
          for each statement execute function depthmesh.count_jobs()`,
        `create trigger count_truncated after truncate on depthmesh.jobs
          for each statement execute function depthmesh.count_jobs()`,
        // The triggers keep others from writing until this step is done.
        `insert into depthmesh.job_counts (state, jobs)
          select state, count(*) from depthmesh.jobs where not is_segment group by state`,
        // The rows lack the new columns: all records are read again, and what is gone is found.
        "update depthmesh.progress set revision = 0, seen_at_ms = 0",
      ]),
  },
};

async function all(db: AnyDb, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/**
 * Brings the schema to this version; `steps` are all by default. Gateways that start at once wait
 * for each other. Steps of a later version, which this one does not know, are left as they are.
 */
export async function migrate(db: Db, steps = MIGRATIONS): Promise<void> {
  const later = await laterSteps(db, steps);
  const provider = { getMigrations: async () => ({ ...steps, ...later }) };
  const migrator = new Migrator({
    ...{ db, provider, migrationTableSchema: SCHEMA },
    ...{ migrationTableName: DONE_TABLE, migrationLockTableName: "migrations_lock" },
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

async function laterSteps(
  db: Db,
  steps: Readonly<Record<string, Migration>>,
): Promise<Record<string, Migration>> {
  const { rows } = await sql<{ found: string | null }>`
    select to_regclass(${`${SCHEMA}.${DONE_TABLE}`})::text as found`.execute(db);
  if (!rows[0]?.found) return {};
  const done = await sql<{ name: string }>`
    select name from ${sql.table(`${SCHEMA}.${DONE_TABLE}`)}`.execute(db);
  const unknown = done.rows.filter(({ name }) => !(name in steps));
  return Object.fromEntries(unknown.map(({ name }) => [name, { up: async () => {} }]));
}
