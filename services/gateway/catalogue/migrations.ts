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
