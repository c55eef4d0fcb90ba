/** The catalogue behaves the same embedded and on a Postgres: its projection, lists and repair. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { sql } from "kysely";
import { packagePath } from "../../../kit/process/package-path.js";
import { cancel } from "../../../pipeline/record/endings.js";
import { newId } from "../../../pipeline/record/id.js";
import { updateRecord } from "../../../pipeline/record/store.js";
import {
  type CataloguePlace,
  embeddedPlace,
  madeCatalogue,
  serverPlace,
} from "../../../testing/catalogue/open-catalogue.js";
import { eventually } from "../../../testing/eventually.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import {
  type PostgresServer,
  startPostgres,
  WITHOUT_POSTGRES,
} from "../../../testing/servers/postgres.js";
import {
  applyChanges,
  beginAnewUnless,
  progressOf,
  recount,
  rewriteRows,
} from "./apply-changes.js";
import { audit } from "./audit.js";
import { type CatalogueDatabase, openDatabase } from "./database.js";
import { MIGRATIONS, migrate } from "./migrations.js";
import { countByState, endedBefore, isReferred, listIds, unsettledIds } from "./queries.js";
import { rowOf } from "./row.js";
import { sizeOf } from "./size.js";
import { usageByDay } from "./usage.js";

let server: PostgresServer | undefined;

const KINDS: readonly [string, string | false, () => Promise<CataloguePlace>][] = [
  ["embedded", false, embeddedPlace],
  [
    "Postgres",
    WITHOUT_POSTGRES,
    async () => {
      server ??= await startPostgres();
      return serverPlace(server.url);
    },
  ],
];
const ALL = { tenant: undefined, states: [], labels: {}, fromMs: null, beforeMs: null };
const FIRST_SCHEMA = readFileSync(
  packagePath("services", "gateway", "catalogue", "fixtures", "schema-001.sql"),
  "utf8",
);
const BUCKET = { bucketCreated: "b", seenAtMs: 1 };
const row = (id: string, revision: number, change = {}) =>
  rowOf({ ...queuedRecord({ id }), ...change }, revision);

async function emptied(database: CatalogueDatabase): Promise<CatalogueDatabase> {
  await sql`truncate depthmesh.jobs`.execute(database.db);
  await beginAnewUnless(database.db, { created: "b", revision: 0 });
  await sql`update depthmesh.progress set bucket_created = 'b', revision = 0`.execute(database.db);
  return database;
}

for (const [kind, skip, makePlace] of KINDS) {
  let place: CataloguePlace;
  let database: CatalogueDatabase;
  before(async () => {
    if (skip) return;
    place = await makePlace();
    database = await openDatabase(place.settings, () => {});
  });
  after(async () => {
    await database?.close();
    await place?.remove();
  });

  test(`${kind}: a change counts once, in its order, whoever applies it`, { skip }, async () => {
    const { db } = await emptied(database);
    const first = {
      ...BUCKET,
      after: 0,
      through: 3,
      rows: [row("a", 1), row("b", 3)],
      removed: [],
    };
    const second = {
      ...BUCKET,
      after: 3,
      through: 4,
      rows: [],
      removed: [{ id: "a", revision: 4 }],
    };
    await Promise.all([applyChanges(db, first), applyChanges(db, first)]);
    await applyChanges(db, second);
    // A projector that is behind brings nothing back.
    await applyChanges(db, first);
    assert.deepEqual(await listIds(db, ALL, undefined, 9), ["b"]);
    const gap = await applyChanges(db, { ...BUCKET, after: 9, through: 9, rows: [], removed: [] });
    assert.equal(gap.kind, "gap");
    assert.equal((await progressOf(db)).revision, 4);
    const broken = [row("c", 5), { ...row("d", 5), id: null as never }];
    await assert.rejects(
      applyChanges(db, { ...BUCKET, after: 4, through: 5, rows: broken, removed: [] }),
    );
    assert.equal((await progressOf(db)).revision, 4, "what fails leaves nothing");
  });

  test(`${kind}: filters, counts, ends and references`, { skip }, async () => {
    const { db } = await emptied(database);
    const sha256 = "ab".repeat(32);
    const ended = {
      state: "FAILED",
      history: [{ number: 2, atMs: 50, state: "FAILED", reason: "" }],
    };
    const [a, b, c, d] = [10, 20, 30, 40].map(newId) as [string, string, string, string];
    const rows = [
      row(a, 1, { tenant: "x", labels: { "k=": "1" }, createdAtMs: 10 }),
      row(b, 2, { tenant: "y", labels: { "k=": "1", l: "\0" }, createdAtMs: 20, ...ended }),
      row(c, 3, { tenant: "y", photoBlob: sha256, createdAtMs: 30 }),
      row(d, 4, { tenant: "y", segmentOf: c }),
    ];
    await applyChanges(db, { ...BUCKET, after: 0, through: 4, rows, removed: [] });
    const list = (filter: object) => listIds(db, { ...ALL, ...filter }, undefined, 9);
    assert.deepEqual(await list({}), [c, b, a]);
    assert.deepEqual(await listIds(db, ALL, c, 1), [b]);
    assert.deepEqual(await list({ labels: { "k=": "1" } }), [b, a]);
    assert.deepEqual(await list({ labels: { k: "=1" } }), []);
    assert.deepEqual(await list({ tenant: "y", states: ["FAILED", "QUEUED"] }), [c, b]);
    assert.deepEqual(await list({ fromMs: 10, beforeMs: 30 }), [b, a]);
    assert.deepEqual(
      await countByState(db),
      new Map([
        ["FAILED", 1],
        ["QUEUED", 2],
      ]),
    );
    const due = await endedBefore(db, { states: ["FAILED"], beforeMs: 50, limit: 9 });
    assert.deepEqual(due, [{ id: b, tenant: "y", state: "FAILED", endedAtMs: 50, lastEntry: 2 }]);
    assert.deepEqual(
      [await isReferred(db, sha256), await isReferred(db, sha256, "x")],
      [true, false],
    );
    const unsettled = await unsettledIds(db, { sinceMs: 51, newest: 0 });
    assert.deepEqual(unsettled.sort(), [a, c, d]);
  });

  test(`${kind}: two catalogues follow one store, and one is rebuilt while jobs go on`, {
    skip,
  }, async () => {
    await emptied(database);
    const store = new MemoryJobStore();
    // An embedded one has one owner; a second gateway makes its own.
    const both = [madeCatalogue(place, store), madeCatalogue(place, store)];
    const stop = new AbortController();
    const running = both.map(async (catalogue) => {
      const follow = async () => {
        for await (const change of store.watchAll(stop.signal)) catalogue.take(change);
      };
      await Promise.all([follow(), catalogue.run(stop.signal)]);
    });
    for (let i = 0; i < 300; i++) await store.create(queuedRecord({ id: `j${i}` }));
    both[0]?.rebuild();
    for (let i = 0; i < 300; i += 2) {
      if (i % 4 === 0) await store.remove(`j${i}`);
      else await updateRecord(store, `j${i}`, (record) => cancel(record, 5_000));
    }
    for (const catalogue of both) {
      // Two at once, which must not keep each other busy.
      const hasAll = async (revision: number) => {
        await Promise.all([catalogue.reaches(revision), catalogue.reaches(revision)]);
        return true as const;
      };
      await eventually("it has all", async () =>
        hasAll(await store.lastRevision()).catch(() => undefined),
      );
      await eventually("it is rebuilt", () => catalogue.status.state === "open");
      const ids = await catalogue.ask((db) => listIds(db, ALL, undefined, 1_000));
      assert.deepEqual(ids.sort(), (await store.ids()).sort());
      const counts = await catalogue.ask(countByState);
      assert.deepEqual(
        counts,
        new Map([
          ["CANCELLED", 75],
          ["QUEUED", 150],
        ]),
      );
    }
    stop.abort();
    await Promise.all(running);
    for (const catalogue of both) await catalogue.close();
  });

  test(`${kind}: what was missed is mended, and other records begin it anew`, {
    skip,
  }, async () => {
    const { db } = await emptied(database);
    const store = new MemoryJobStore();
    for (const id of ["a", "b"]) await store.create(queuedRecord({ id }));
    const rows = [row("a", 1), row("gone", 2)];
    await applyChanges(db, { ...BUCKET, after: 0, through: 2, rows, removed: [] });
    const mended = await audit(db, store, new AbortController().signal, new Set());
    assert.deepEqual(mended, { removed: 1, added: 1 });
    assert.deepEqual(await listIds(db, ALL, undefined, 9), ["b", "a"]);
    assert.equal(await beginAnewUnless(db, { created: "b", revision: 1 }), true);
    assert.deepEqual(await listIds(db, ALL, undefined, 9), []);
  });

  test(`${kind}: a bucket that has lost its last entries is followed from where it is`, {
    skip,
  }, async () => {
    const { db } = await emptied(database);
    const store = new MemoryJobStore();
    for (const id of ["a", "b"]) await store.create(queuedRecord({ id }));
    const { created, revision } = await store.position();
    const bucket = { ...BUCKET, bucketCreated: created };
    await beginAnewUnless(db, { created, revision: 0 });
    const ahead = [row("a", 1), row("b", 2), row("lost", revision + 5, { state: "FAILED" })];
    await applyChanges(db, {
      ...bucket,
      after: 0,
      through: revision + 5,
      rows: ahead,
      removed: [],
    });
    const catalogue = madeCatalogue(place, store);
    assert.equal(await catalogue.startingPoint(0), undefined);
    const stop = new AbortController();
    const running = catalogue.run(stop.signal);
    for await (const change of store.changesAfter(stop.signal)) catalogue.take(change);
    catalogue.take({ kind: "current", revision });
    await catalogue.reaches(revision);
    assert.deepEqual(await catalogue.ask((of) => listIds(of, ALL, undefined, 9)), ["b", "a"]);
    await store.create(queuedRecord({ id: "c" }));
    const after = { created, revision };
    for await (const change of store.changesAfter(stop.signal, after)) catalogue.take(change);
    await catalogue.reaches(revision + 1);
    const ids = await catalogue.ask((of) => listIds(of, ALL, undefined, 9));
    assert.deepEqual(ids, ["c", "b", "a"], "a change with a lower revision counts");
    stop.abort();
    await running;
    await catalogue.close();
  });

  test(`${kind}: what is removed while rows are rewritten does not return`, { skip }, async () => {
    const { db } = await emptied(database);
    const removed = new Set(["b"]);
    await rewriteRows(db, [row("a", 1), row("b", 2)], removed);
    assert.deepEqual(await listIds(db, ALL, undefined, 9), ["a"]);
    // The removal is told while the rows wait for their turn.
    const writing = rewriteRows(db, [row("c", 3)], removed);
    removed.add("c");
    await writing;
    assert.deepEqual(await listIds(db, ALL, undefined, 9), ["a"]);
  });

  test(`${kind}: counts follow every way in which rows change`, { skip }, async () => {
    const { db } = await emptied(database);
    const counted = async () => Object.fromEntries(await countByState(db));
    const apply = (after: number, rows: ReturnType<typeof row>[], removed: string[] = []) =>
      applyChanges(db, {
        ...{ ...BUCKET, after, through: after + 1, rows },
        removed: removed.map((id) => ({ id, revision: after + 1 })),
      });
    await apply(0, [row("a", 1), row("b", 1), row("c", 1), row("s", 1, { segmentOf: "a" })]);
    assert.deepEqual(await counted(), { QUEUED: 3 });
    await apply(1, [row("a", 2, { state: "FAILED" }), row("d", 2)]);
    assert.deepEqual(await counted(), { FAILED: 1, QUEUED: 3 });
    await apply(2, [row("b", 3, { segmentOf: "a" })], ["a", "c", "s"]);
    assert.deepEqual(await counted(), { QUEUED: 1 });
    assert.equal((await sizeOf(db)).jobs, 1);
    await sql`update depthmesh.job_counts set jobs = 9`.execute(db);
    await recount(db);
    assert.deepEqual(await counted(), { QUEUED: 1 });
    await beginAnewUnless(db, { created: "other", revision: 0 });
    assert.deepEqual(await counted(), {});
  });

  test(`${kind}: usage by tenant and day`, { skip }, async () => {
    const { db } = await emptied(database);
    const day = 86_400_000;
    const work = { pixelFrames: 9e15 };
    const artifact = { name: "v", sizeBytes: 5, sha256: "aa" };
    const artifacts = [artifact, { ...artifact, name: "w" }, { ...artifact, sha256: "bb" }];
    const rows = [
      row("a", 1, { tenant: "x", createdAtMs: day - 1, work, artifacts }),
      row("b", 1, { tenant: "x", createdAtMs: day - 2, work }),
      row("c", 1, { tenant: "w", createdAtMs: day, artifacts }),
      row("d", 1, { tenant: "w", createdAtMs: day, artifacts, segmentOf: "c" }),
      row("e", 1, { tenant: "w", createdAtMs: day, artifacts, deletedAtMs: 1 }),
    ];
    await applyChanges(db, { ...BUCKET, after: 0, through: 1, rows, removed: [] });
    const x = {
      ...{ dayMs: 0, tenant: "x", jobs: 2 },
      ...{ pixelFrames: Number.MAX_SAFE_INTEGER, storedBytes: 10 },
    };
    const w = { dayMs: day, tenant: "w", jobs: 1, pixelFrames: 0, storedBytes: 10 };
    const usage = (query: object, after?: typeof x, limit = 9) =>
      usageByDay(db, { tenant: undefined, fromMs: null, beforeMs: null, ...query }, after, limit);
    assert.deepEqual(await usage({}), [w, x]);
    assert.deepEqual(await usage({ tenant: "x" }), [x]);
    assert.deepEqual(await usage({ fromMs: day }), [w]);
    assert.deepEqual(await usage({ beforeMs: day - 1 }), [
      { ...x, jobs: 1, pixelFrames: 9e15, storedBytes: 0 },
    ]);
    assert.deepEqual(await usage({}, undefined, 1), [w]);
    assert.deepEqual(await usage({}, w), [x]);
    assert.deepEqual(await usage({}, { ...w, tenant: "x" }, 1), [w], "of the same day");
    assert.deepEqual(await usage({}, x), []);
  });

  test(`${kind}: the schema of the first version becomes this one`, { skip }, async () => {
    const { db } = await emptied(database);
    await sql`drop schema depthmesh cascade`.execute(db);
    for (const statement of FIRST_SCHEMA.split(";\n").filter((text) => text.trim() !== "")) {
      await sql.raw(statement).execute(db);
    }
    await migrate(db);
    assert.deepEqual(Object.fromEntries(await countByState(db)), { FAILED: 1, QUEUED: 1 });
    const { revision, seenAtMs } = await progressOf(db);
    assert.deepEqual([revision, seenAtMs], [0, 0], "all records are read again");
    const rows = [row("a", 8, { work: { pixelFrames: 7 } })];
    await applyChanges(db, { ...BUCKET, after: 0, through: 9, rows, removed: [] });
    const [used] = await usageByDay(
      db,
      { tenant: "t", fromMs: null, beforeMs: null },
      undefined,
      1,
    );
    assert.equal(used?.pixelFrames, 7);
  });

  test(`${kind}: an older schema becomes this one, and gateways may start at once`, {
    skip,
  }, async () => {
    const { db } = await emptied(database);
    const later = { ...MIGRATIONS, "900-later": { up: async () => {} } };
    await migrate(db, later);
    await Promise.all([migrate(db), migrate(db)]);
    const done = await sql<{ name: string }>`select name from depthmesh.migrations`.execute(db);
    assert.equal(done.rows.length, Object.keys(later).length, "a later step stays");
    await sql`delete from depthmesh.migrations where name = '900-later'`.execute(db);
  });
}

after(async () => server?.close());
