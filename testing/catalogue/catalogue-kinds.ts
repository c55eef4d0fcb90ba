/** The two kinds of databases that a catalogue is in, each for tests that both have to pass. */
import { sql } from "kysely";
import { beginAnewUnless } from "../../services/gateway/catalogue/apply-changes.js";
import type { CatalogueDatabase } from "../../services/gateway/catalogue/database.js";
import { rowOf } from "../../services/gateway/catalogue/row.js";
import { queuedRecord } from "../record/made-records.js";
import { startPostgres, WITHOUT_POSTGRES } from "../servers/postgres.js";
import { type CataloguePlace, embeddedPlace, serverPlace } from "./open-catalogue.js";

export interface CatalogueKind {
  readonly kind: string;
  /** Why it cannot be tested here. */
  readonly skip: string | false;
  make(): Promise<CataloguePlace>;
}

export const CATALOGUE_KINDS: readonly CatalogueKind[] = [
  { kind: "embedded", skip: false, make: embeddedPlace },
  { kind: "Postgres", skip: WITHOUT_POSTGRES, make: placeOnOwnServer },
];

async function placeOnOwnServer(): Promise<CataloguePlace> {
  const server = await startPostgres();
  return { ...serverPlace(server.url), remove: () => server.close() };
}

/** Of the bucket that `emptied` says the catalogue follows. */
export const BUCKET = { bucketCreated: "b", seenAtMs: 1 };

/** The catalogue without a row, as one that has followed nothing of BUCKET yet. */
export async function emptied(database: CatalogueDatabase): Promise<CatalogueDatabase> {
  const { bucketCreated: created } = BUCKET;
  await sql`truncate depthmesh.jobs`.execute(database.db);
  await beginAnewUnless(database.db, { created, revision: 0 });
  await sql`update depthmesh.progress set bucket_created = ${created}, revision = 0`.execute(
    database.db,
  );
  return database;
}

/** The row of a queued job, changed. */
export const rowFor = (id: string, revision: number, change = {}) =>
  rowOf({ ...queuedRecord({ id }), ...change }, revision);
