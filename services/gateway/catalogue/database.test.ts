/** What can be wrong with the database of the catalogue: its certificate, its files. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { sql } from "kysely";
import { cancel } from "../../../pipeline/record/endings.js";
import { newId } from "../../../pipeline/record/id.js";
import { updateRecord } from "../../../pipeline/record/store.js";
import { embeddedPlace, madeCatalogue } from "../../../testing/catalogue/open-catalogue.js";
import { eventually } from "../../../testing/eventually.js";
import { LOOPBACK_CERTIFICATE } from "../../../testing/loopback-certificate.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import { startPostgres, WITHOUT_POSTGRES } from "../../../testing/servers/postgres.js";
import type { Catalogue } from "./catalogue.js";
import { openDatabase } from "./database.js";
import { listIds } from "./queries.js";

const ALL = { tenant: undefined, states: [], labels: {}, fromMs: null, beforeMs: null };

test("Postgres over TLS: its certificate is checked by the authority that is named", {
  skip: WITHOUT_POSTGRES,
}, async () => {
  const { cert: authority } = LOOPBACK_CERTIFICATE;
  const place = await embeddedPlace();
  const server = await startPostgres(LOOPBACK_CERTIFICATE);
  try {
    const file = join(place.settings.catalogueFolder, "..", "authority.pem");
    await writeFile(file, authority);
    const isEncrypted = async (query: string, catalogueCa: string) => {
      const settings = { ...place.settings, catalogueUrl: `${server.url}${query}`, catalogueCa };
      const { db, close } = await openDatabase(settings, () => {});
      const { rows } = await sql<{ ssl: boolean }>`
        select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(db);
      await close();
      return rows[0]?.ssl;
    };
    assert.equal(await isEncrypted("?sslmode=verify-full", file), true);
    assert.equal(await isEncrypted("", file), true, "who names an authority wants TLS");
    assert.equal(await isEncrypted("?sslmode=disable", file), false);
    await assert.rejects(isEncrypted("?sslmode=require", ""), /self-signed certificate/);
  } finally {
    await server.close();
    await place.remove();
  }
});

test("an embedded database that is damaged is set aside and made anew from the records", async () => {
  const place = await embeddedPlace();
  const { catalogueFolder: folder } = place.settings;
  const store = new MemoryJobStore();
  for (let i = 0; i < 40; i++) await store.create(queuedRecord({ id: newId() }));
  const table = await whileRunning(store, place, async (catalogue) => {
    await untilAll(catalogue, store);
    const { rows } = await catalogue.ask((db) =>
      sql<{ path: string }>`select pg_relation_filepath('depthmesh.jobs') as path`.execute(db),
    );
    return rows[0]?.path ?? assert.fail("the table has no file");
  });
  const changeOne = async () => {
    const [id = ""] = await store.ids();
    await updateRecord(store, id, (record) => cancel(record, Date.now()));
    await store.create(queuedRecord({ id: newId() }));
  };
  // It opens, and is found out when a query reads the table.
  await overwrite(join(folder, "data", table), 8_192);
  await changeOne();
  await whileRunning(store, place, (catalogue) => untilAll(catalogue, store));
  assert.ok(existsSync(join(folder, "damaged")));
  // It cannot be opened at all.
  await overwrite(join(folder, "data", "global", "pg_control"), 512);
  await changeOne();
  await whileRunning(store, place, (catalogue) => untilAll(catalogue, store));
  await place.remove();
});

/** All records are listed, and nothing else is. */
async function untilAll(catalogue: Catalogue, store: MemoryJobStore): Promise<void> {
  const expected = (await store.ids()).sort().reverse();
  await eventually("the catalogue has all records", async () => {
    try {
      await catalogue.reaches(await store.lastRevision());
      const ids = await catalogue.ask((db) => listIds(db, ALL, undefined, 1_000));
      return JSON.stringify(ids) === JSON.stringify(expected);
    } catch {
      return false;
    }
  });
}

async function whileRunning<T>(
  store: MemoryJobStore,
  place: Parameters<typeof madeCatalogue>[0],
  use: (catalogue: Catalogue) => Promise<T>,
): Promise<T> {
  const catalogue = madeCatalogue(place, store);
  const stop = new AbortController();
  const follow = async () => {
    const point = await catalogue.startingPoint(0);
    for await (const change of store.watchAll(stop.signal, point?.after)) catalogue.take(change);
  };
  const running = Promise.all([follow(), catalogue.run(stop.signal)]);
  try {
    return await use(catalogue);
  } finally {
    stop.abort();
    await running;
    await catalogue.close();
  }
}

async function overwrite(path: string, bytes: number): Promise<void> {
  const file = await open(path, "r+");
  await file.write(Buffer.alloc(bytes, 0xa5), 0, bytes, 0);
  await file.close();
}
