/** The two kinds of databases that a catalogue is in, each for tests that both have to pass. */
import { after, before } from "node:test";
import { sql } from "kysely";
import { beginAnewUnless } from "../../services/gateway/catalogue/apply-changes.js";
import { type CatalogueDatabase, openDatabase } from "../../services/gateway/catalogue/database.js";
import { rowOf } from "../../services/gateway/catalogue/row.js";
import { queuedRecord } from "../record/made-records.js";
import { startPostgres, WITHOUT_POSTGRES } from "../servers/postgres.js";
import { type CataloguePlace, embeddedPlace, serverPlace } from "./open-catalogue.js";

export interface CatalogueUnderTest {
  readonly kind: string;
  /** Why it cannot be tested here. */
  readonly skip: string | false;
  /** Where it lies; only while its tests run. */
  place(): CataloguePlace;
  /** Without rows, as one that has followed nothing of BUCKET yet. */
  emptied(): Promise<CatalogueDatabase>;
}

const KINDS = [
  { kind: "embedded", skip: false, make: embeddedPlace },
  { kind: "Postgres", skip: WITHOUT_POSTGRES, make: placeOnOwnServer },
] as const;

/** Calls `define` for each kind, whose database is there while its tests run. */
export function forEachCatalogue(define: (catalogue: CatalogueUnderTest) => void): void {
  for (const { kind, skip, make } of KINDS) {
    let place: CataloguePlace;
    let database: CatalogueDatabase;
    before(async () => {
      if (skip) return;
      place = await make();
      database = await openDatabase(place.settings, () => {});
    });
    after(async () => {
      await database?.close();
      await place?.remove();
    });
    define({ kind, skip, place: () => place, emptied: () => emptied(database) });
  }
}

async function placeOnOwnServer(): Promise<CataloguePlace> {
  const server = await startPostgres();
  return { ...serverPlace(server.url), remove: () => server.close() };
}

/** Of the bucket that `emptied` says the catalogue follows. */
export const BUCKET = { bucketCreated: "b", seenAtMs: 1 };

async function emptied(database: CatalogueDatabase): Promise<CatalogueDatabase> {
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
