/**
 * The catalogue of a real mesh, in a real Postgres: what operators see of it, what happens while it
 * is away, and that a gateway that is killed while it writes leaves nothing out.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { packagePath } from "../kit/process/package-path.js";
import { cancel } from "../pipeline/record/endings.js";
import { newId } from "../pipeline/record/id.js";
import { updateRecord } from "../pipeline/record/store.js";
import { CatalogueState } from "../proto/gen/depthmesh/v1/admin_service.js";
import { type CatalogueDatabase, openDatabase } from "../services/gateway/catalogue/database.js";
import { serverPlace } from "../testing/catalogue/open-catalogue.js";
import { eventually } from "../testing/eventually.js";
import {
  connectToMesh,
  type Fixture,
  type MeshBus,
  pidOf,
  SAMPLE,
  startFixture,
  untilEnded,
  upload,
} from "../testing/mesh/fixture.js";
import { queuedRecord } from "../testing/record/made-records.js";
import {
  type PostgresServer,
  startPostgres,
  WITHOUT_POSTGRES,
} from "../testing/servers/postgres.js";
import { MAP_SPEC } from "../testing/tenants/caller.js";

const run = promisify(execFile);
const skip = WITHOUT_POSTGRES;
const photo = readFileSync(SAMPLE);
const MADE = 3_000;

let server: PostgresServer;
let fixture: Fixture;
let access: MeshBus;
before(async () => {
  if (skip) return;
  server = await startPostgres();
  fixture = await startFixture({
    ...{ render: 0, encode: 0 },
    environment: { DEPTHMESH_CATALOGUE_URL: server.url },
  });
  access = await connectToMesh(fixture.mesh);
});
after(async () => {
  await access?.bus.close();
  await fixture?.close();
  await server?.close();
});

const makeMap = async () =>
  (await fixture.client.createJob(MAP_SPEC, { photo: upload(photo) }, newId())).name;
const list = () => fixture.client.listJobs(1, "");
const status = () => fixture.admin.getCatalogueStatus();

async function command(...args: string[]): Promise<string> {
  const { adminAddress } = fixture.mesh;
  const { stdout } = await run(packagePath("bin", "depthmesh"), [
    ...[...args, "--admin-address", adminAddress],
  ]);
  return stdout;
}

test("operators see the catalogue and what tenants have used, and rebuild it", {
  skip,
}, async () => {
  const name = await makeMap();
  await untilEnded(fixture.client, name);
  const { jobs } = await list();
  assert.equal(jobs[0]?.name, name);
  const shown = JSON.parse(await command("catalogue", "status", "--json"));
  assert.equal(shown.state, "open");
  assert.match(shown.engine, /^PostgreSQL \d+/);
  assert.equal(shown.place, `127.0.0.1:${server.port}/catalogue`);
  assert.deepEqual([shown.embedded, shown.jobs, shown.behind], [false, 1, 0]);
  assert.ok(shown.sizeBytes > 0);
  const [used] = JSON.parse(
    await command("usage", "--tenant", "default", "--from", "1d", "--json"),
  );
  assert.deepEqual([used.tenant, used.jobs, used.pixelFrames], ["default", 1, 0]);
  const job = await fixture.client.getJob(name);
  assert.equal(
    used.storedBytes,
    job.artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  );
  assert.equal(used.day, new Date().toISOString().slice(0, 10));
  const database = await openDatabase(serverPlace(server.url).settings, () => {});
  await database.db.updateTable("jobs").set({ state: "FAILED", stored_bytes: 0 }).execute();
  await database.close();
  assert.match(await command("catalogue", "rebuild"), /^state {5}open$/m);
  const { usage } = await fixture.admin.listUsage({ pageSize: 0, pageToken: "", tenant: "" });
  assert.equal(usage[0]?.storedBytes, used.storedBytes, "what was wrong is mended");
});

test("while Postgres is away, jobs go on and lists are refused, and both are right again", {
  skip,
}, async () => {
  await server.kill();
  const name = await makeMap();
  assert.equal((await untilEnded(fixture.client, name)).name, name);
  await assert.rejects(list(), { reason: "CATALOGUE_UNAVAILABLE" });
  const { state, trouble } = await eventually("it is away", async () => {
    const found = await status();
    return found.state === CatalogueState.CATALOGUE_STATE_AWAY && found;
  });
  assert.equal(state, CatalogueState.CATALOGUE_STATE_AWAY);
  assert.notEqual(trouble, "");
  await server.start();
  await eventually("the job is listed", async () =>
    list().then(
      ({ jobs }) => jobs[0]?.name === name,
      () => false,
    ),
  );
});

test("a gateway that is killed while it writes leaves nothing out", { skip }, async () => {
  const { store } = access;
  const database = await openDatabase(serverPlace(server.url).settings, () => {});
  const ids = Array.from({ length: MADE }, () => newId());
  const ended = (id: string) => cancel(queuedRecord({ id, tenant: "made" }), Date.now());
  const rest = ids.values();
  let made = 0;
  const make = async () => {
    for (const id of rest) {
      await store.create(ended(id) ?? assert.fail("not ended"));
      if (++made % 5 === 0) await store.remove(id);
      else if (made % 5 === 1) {
        await updateRecord(store, id, (record) => ({ ...record, labels: { changed: "yes" } }));
      }
    }
  };
  const making = Promise.all(Array.from({ length: 8 }, make));
  for (const part of [0.2, 0.6]) {
    await eventually(
      "it writes",
      async () => made > part * MADE && (await countMade(database)) > 0.1 * part * MADE,
    );
    const pid = pidOf(fixture.mesh, "gateway");
    process.kill(pid, "SIGKILL");
    await eventually("another has started", () => {
      const next = fixture.mesh.children("gateway")[0]?.pid;
      return next !== undefined && next !== pid;
    });
  }
  await making;
  const last = await store.lastRevision();
  await eventually("the catalogue has it all", async () =>
    status().then(
      ({ revision }) => revision >= last,
      () => false,
    ),
  );
  assert.deepEqual(await rowsOf(database), await recordsOf(access));
  await database.close();
});

async function countMade({ db }: CatalogueDatabase): Promise<number> {
  const rows = await db.selectFrom("jobs").select("id").where("tenant", "=", "made").execute();
  return rows.length;
}

async function rowsOf({ db }: CatalogueDatabase): Promise<string[]> {
  const rows = await db.selectFrom("jobs").select(["id", "state", "labels"]).execute();
  return rows.map(({ id, state, labels }) => `${id} ${state} ${labels.join()}`).sort();
}

async function recordsOf({ store }: MeshBus): Promise<string[]> {
  const found: string[] = [];
  for await (const change of store.changesAfter(AbortSignal.timeout(30_000))) {
    if (change.kind !== "put") continue;
    const { id, state, labels = {} } = change.record;
    found.push(`${id} ${state} ${Object.entries(labels).map((label) => label.join(" "))}`);
  }
  return found.sort();
}
