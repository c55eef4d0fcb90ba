/** The catalogue behaves the same embedded and on a Postgres: its projection, lists and repair. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { cancel } from "../../../pipeline/record/endings.js";
import { newId } from "../../../pipeline/record/id.js";
import { updateRecord } from "../../../pipeline/record/store.js";
import { BUCKET, forEachCatalogue, rowFor } from "../../../testing/catalogue/catalogue-kinds.js";
import { madeCatalogue } from "../../../testing/catalogue/open-catalogue.js";
import { eventually } from "../../../testing/eventually.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import {
  applyChanges,
  beginAnewUnless,
  progressOf,
  recount,
  rewriteRows,
} from "./apply-changes.js";
import { audit } from "./audit.js";
import { countByState, endedBefore, isReferred, listIds, unsettledIds } from "./queries.js";
import { sizeOf } from "./size.js";
import { usageByDay } from "./usage.js";

const ALL = { tenant: undefined, states: [], labels: {}, fromMs: null, beforeMs: null };

forEachCatalogue(({ kind, skip, place, emptied }) => {
  test(`${kind}: a change counts once, in its order, whoever applies it`, { skip }, async () => {
    const { db } = await emptied();
    const first = {
      ...BUCKET,
      after: 0,
      through: 3,
      rows: [rowFor("a", 1), rowFor("b", 3)],
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
    const broken = [rowFor("c", 5), { ...rowFor("d", 5), id: null as never }];
    await assert.rejects(
      applyChanges(db, { ...BUCKET, after: 4, through: 5, rows: broken, removed: [] }),
    );
    assert.equal((await progressOf(db)).revision, 4, "what fails leaves nothing");
  });

  test(`${kind}: filters, counts, ends and references`, { skip }, async () => {
    const { db } = await emptied();
    const sha256 = "ab".repeat(32);
    const ended = {
      state: "FAILED",
      history: [{ number: 2, atMs: 50, state: "FAILED", reason: "" }],
    };
    const [a, b, c, d] = [10, 20, 30, 40].map(newId) as [string, string, string, string];
    const rows = [
      rowFor(a, 1, { tenant: "x", labels: { "k=": "1" }, createdAtMs: 10 }),
      rowFor(b, 2, { tenant: "y", labels: { "k=": "1", l: "\0" }, createdAtMs: 20, ...ended }),
      rowFor(c, 3, { tenant: "y", photoBlob: sha256, createdAtMs: 30 }),
      rowFor(d, 4, { tenant: "y", segmentOf: c }),
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
    await emptied();
    const store = new MemoryJobStore();
    // An embedded one has one owner; a second gateway makes its own.
    const both = [madeCatalogue(place(), store), madeCatalogue(place(), store)];
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
    const { db } = await emptied();
    const store = new MemoryJobStore();
    for (const id of ["a", "b"]) await store.create(queuedRecord({ id }));
    const rows = [rowFor("a", 1), rowFor("gone", 2)];
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
    const { db } = await emptied();
    const store = new MemoryJobStore();
    for (const id of ["a", "b"]) await store.create(queuedRecord({ id }));
    const { created, revision } = await store.position();
    const bucket = { ...BUCKET, bucketCreated: created };
    await beginAnewUnless(db, { created, revision: 0 });
    const ahead = [
      rowFor("a", 1),
      rowFor("b", 2),
      rowFor("lost", revision + 5, { state: "FAILED" }),
    ];
    await applyChanges(db, {
      ...bucket,
      after: 0,
      through: revision + 5,
      rows: ahead,
      removed: [],
    });
    const catalogue = madeCatalogue(place(), store);
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
    const { db } = await emptied();
    const removed = new Set(["b"]);
    await rewriteRows(db, [rowFor("a", 1), rowFor("b", 2)], removed);
    assert.deepEqual(await listIds(db, ALL, undefined, 9), ["a"]);
    // The removal is told while the rows wait for their turn.
    const writing = rewriteRows(db, [rowFor("c", 3)], removed);
    removed.add("c");
    await writing;
    assert.deepEqual(await listIds(db, ALL, undefined, 9), ["a"]);
  });

  test(`${kind}: counts follow every way in which rows change`, { skip }, async () => {
    const { db } = await emptied();
    const counted = async () => Object.fromEntries(await countByState(db));
    const apply = (after: number, rows: ReturnType<typeof rowFor>[], removed: string[] = []) =>
      applyChanges(db, {
        ...{ ...BUCKET, after, through: after + 1, rows },
        removed: removed.map((id) => ({ id, revision: after + 1 })),
      });
    await apply(0, [
      rowFor("a", 1),
      rowFor("b", 1),
      rowFor("c", 1),
      rowFor("s", 1, { segmentOf: "a" }),
    ]);
    assert.deepEqual(await counted(), { QUEUED: 3 });
    await apply(1, [rowFor("a", 2, { state: "FAILED" }), rowFor("d", 2)]);
    assert.deepEqual(await counted(), { FAILED: 1, QUEUED: 3 });
    await apply(2, [rowFor("b", 3, { segmentOf: "a" })], ["a", "c", "s"]);
    assert.deepEqual(await counted(), { QUEUED: 1 });
    assert.equal((await sizeOf(db)).jobs, 1);
    await sql`update depthmesh.job_counts set jobs = 9`.execute(db);
    await recount(db);
    assert.deepEqual(await counted(), { QUEUED: 1 });
    await beginAnewUnless(db, { created: "other", revision: 0 });
    assert.deepEqual(await counted(), {});
  });

  test(`${kind}: usage by tenant and day`, { skip }, async () => {
    const { db } = await emptied();
    const day = 86_400_000;
    const work = { pixelFrames: 9e15 };
    const artifact = { name: "v", sizeBytes: 5, sha256: "aa" };
    const artifacts = [artifact, { ...artifact, name: "w" }, { ...artifact, sha256: "bb" }];
    const rows = [
      rowFor("a", 1, { tenant: "x", createdAtMs: day - 1, work, artifacts }),
      rowFor("b", 1, { tenant: "x", createdAtMs: day - 2, work }),
      rowFor("c", 1, { tenant: "w", createdAtMs: day, artifacts }),
      rowFor("d", 1, { tenant: "w", createdAtMs: day, artifacts, segmentOf: "c" }),
      rowFor("e", 1, { tenant: "w", createdAtMs: day, artifacts, deletedAtMs: 1 }),
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
});
