/**
 * What a worker's own NATS user can write into the buckets that others read (no JSON, another
 * shape, a later version, another job's record) stops nobody: a real mesh with poisoned buckets.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { newId } from "../pipeline/record/id.js";
import { newRecord } from "../pipeline/record/record.js";
import { progressSubject } from "../pipeline/topology/names.js";
import type { JobEvent } from "../proto/gen/depthmesh/v1/job.js";
import { eventually } from "../testing/eventually.js";
import {
  allEvents,
  connectToMesh,
  type Fixture,
  type MeshBus,
  pidOf,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEncodersKnown,
} from "../testing/mesh/fixture.js";

const SETTINGS = { DEPTHMESH_MAINTENANCE_MS: "200", DEPTHMESH_SWEEP_MS: "300" };
const log = createLog("silent", { service: "test", worker: "test" });

let fixture: Fixture;
let gateway: MeshBus;
let depth: Bus;
let encode: Bus;
before(async () => {
  fixture = await startFixture({ depth: 0, render: 0, environment: SETTINGS });
  gateway = await connectToMesh(fixture.mesh);
  depth = await connectBus(fixture.mesh.natsUrlFor("depth"), "test", log);
  encode = await connectBus(fixture.mesh.natsUrlFor("encode"), "test", log);
});
after(async () => {
  await Promise.all([gateway?.bus, depth, encode].map((bus) => bus?.close()));
  await fixture?.close();
});

const RECORD = newRecord({
  ...{ id: newId(), tenant: "default", lane: "normal", lastStage: "encode", nowMs: Date.now() },
  ...{ specBlob: "", photoBlob: "", traceId: "" },
});
/**
 * What stands under keys of `dm_jobs` that are no job's, and under one that nats.js cannot read.
 */
const RECORDS: readonly (readonly [key: string, value: string])[] = [
  ...["", "{", "null", "[]", "{}", JSON.stringify({ ...RECORD, version: 9 })].map(
    (value) => [newId(), value] as const,
  ),
  [newId(), JSON.stringify(RECORD)],
  ["not$a!key", "{"],
  ["zzzzzzzzzzzzzzzzzzzzzzzzzz", "{"],
];
const FACTS = ["", "null", "{", "7", '[{"name":3}]'];

const create = (deadline?: Date) =>
  fixture.client.createJobFromFiles({ ...smallSpec(), deadline }, { photo: SAMPLE });

async function poison(): Promise<void> {
  for (const [key, value] of RECORDS) await depth.jetstream.publish(`$KV.dm_jobs.${key}`, value);
  for (const [i, facts] of FACTS.entries()) {
    await encode.jetstream.publish(`$KV.dm_workers.intruder${i}`, facts);
  }
}

test("listing, deadlines, cancelling, deleting and removal of old records go on", async () => {
  const before = await create();
  await poison();
  const { jobs } = await fixture.client.listJobs(50, "");
  assert.deepEqual(
    jobs.map(({ name }) => name),
    [before.name],
  );
  const due = await create(new Date(Date.now() + 1_000));
  await eventually("the deadline is told", async () => {
    const events = await allEvents(gateway.bus);
    return events.some(({ job, state }) => `jobs/${job}` === due.name && state === "EXPIRED");
  });
  await fixture.client.cancelJob(before.name);
  await fixture.client.deleteJob(before.name);
  await assert.rejects(fixture.client.getJob(before.name), { reason: "JOB_NOT_FOUND" });
});

test("a record that cannot be read says so, and no other is changed by one under a wrong key", async () => {
  const [key] = RECORDS.at(-1) ?? [""];
  await assert.rejects(fixture.client.getJob(`jobs/${key}`), { reason: "JOB_RECORD_UNREADABLE" });
  await fixture.client.deleteJob(`jobs/${key}`);
  await assert.rejects(fixture.client.getJob(`jobs/${key}`), { reason: "JOB_NOT_FOUND" });
  await assert.rejects(fixture.client.getJob(`jobs/${RECORD.id}`), { reason: "JOB_NOT_FOUND" });
});

test("gateway and encode start with poisoned buckets", async () => {
  await poison();
  for (const service of ["gateway", "encode"] as const) {
    const [child] = fixture.mesh.children(service);
    assert.ok(child);
    const killed = pidOf(fixture.mesh, service);
    process.kill(killed, "SIGKILL");
    await eventually(`${service} runs again`, async () => {
      await child.untilServing();
      return child.pid !== undefined && child.pid !== killed;
    });
  }
  await untilEncodersKnown(fixture.client);
});

test("a progress message that cannot be read costs a watching gateway neither its watch nor NATS", async () => {
  const { name } = await create();
  const id = name.slice("jobs/".length);
  const { record } = (await gateway.store.read(id)) ?? assert.fail("no record");
  const subject = progressSubject(record.tenant, id, "depth");
  const events: JobEvent[] = [];
  let away = 0;
  for await (const event of fixture.client.watchJob(name, 0, AbortSignal.timeout(30_000))) {
    events.push(event);
    if (event.kind?.$case === "stateChange" && events.length === 1) {
      for (const text of ["", "{", "null", "[1]", '{"stage":"depth","fraction":"x"}']) {
        depth.connection.publish(subject, text);
      }
      depth.connection.publish(subject, '{"stage":"depth","fraction":0.25}');
      await depth.connection.flush();
    }
    if (event.kind?.$case === "progress") {
      assert.equal(event.kind.value.depth, 0.25);
      // It needs NATS: refused at once while the gateway is cut from it.
      await fixture.client.cancelJob(name).catch(() => {
        away += 1;
      });
    }
  }
  assert.equal(away, 0);
  const last = events.at(-1)?.kind;
  assert.equal(last?.$case, "stateChange");
});
