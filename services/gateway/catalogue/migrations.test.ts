/** A catalogue of an earlier version becomes one of this version, embedded and on a Postgres. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { sql } from "kysely";
import { packagePath } from "../../../kit/process/package-path.js";
import { BUCKET, forEachCatalogue, rowFor } from "../../../testing/catalogue/catalogue-kinds.js";
import { applyChanges, progressOf } from "./apply-changes.js";
import { MIGRATIONS, migrate } from "./migrations.js";
import { countByState } from "./queries.js";
import { usageByDay } from "./usage.js";

const FIRST_SCHEMA = readFileSync(
  packagePath("services", "gateway", "catalogue", "fixtures", "schema-001.sql"),
  "utf8",
);

forEachCatalogue(({ kind, skip, emptied }) => {
  test(`${kind}: the schema of the first version becomes this one`, { skip }, async () => {
    const { db } = await emptied();
    await sql`drop schema depthmesh cascade`.execute(db);
    for (const statement of FIRST_SCHEMA.split(";\n").filter((text) => text.trim() !== "")) {
      await sql.raw(statement).execute(db);
    }
    await migrate(db);
    assert.deepEqual(Object.fromEntries(await countByState(db)), { FAILED: 1, QUEUED: 1 });
    const { revision, seenAtMs } = await progressOf(db);
    assert.deepEqual([revision, seenAtMs], [0, 0], "all records are read again");
    const rows = [rowFor("a", 8, { work: { pixelFrames: 7 } })];
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
    const { db } = await emptied();
    const later = { ...MIGRATIONS, "900-later": { up: async () => {} } };
    await migrate(db, later);
    await Promise.all([migrate(db), migrate(db)]);
    const done = await sql<{ name: string }>`select name from depthmesh.migrations`.execute(db);
    assert.equal(done.rows.length, Object.keys(later).length, "a later step stays");
    await sql`delete from depthmesh.migrations where name = '900-later'`.execute(db);
  });
});
