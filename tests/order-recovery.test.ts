/** Order recovery in a process that started after the waiting orders were published. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { NatsServer } from "../launcher/nats-server.js";
import { OrderRecovery } from "../pipeline/orders/order-recovery.js";
import { newId } from "../pipeline/record/id.js";
import { type JobRecord, newRecord } from "../pipeline/record/record.js";
import { ensureTopology } from "../pipeline/topology/ensure-topology.js";
import { workStream, workSubject } from "../pipeline/topology/names.js";
import { MemoryJobStore } from "../testing/record/memory-store.js";

/** Longer than the duplicate window of the server. */
const LONG_AGO_MS = 180_000;
const log = createLog("fatal", { service: "test", worker: "test" });
let folder: string;
let server: NatsServer;
let bus: Bus;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-test-"));
  server = await NatsServer.start({ folder });
  bus = await connectBus(server.urlFor("gateway"), "gateway", log);
  await ensureTopology(bus, { leaseMs: 30_000, queueLimit: 1_000 });
});

after(async () => {
  await bus?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

function oldJob(nowMs = Date.now() - LONG_AGO_MS): JobRecord {
  const names = { tenant: "t", specBlob: "s", photoBlob: "p", traceId: "0" };
  return newRecord({ ...names, id: newId(), lane: "normal", lastStage: "encode", nowMs });
}

/** Publishes an order without a message id, as if the duplicate window had passed. */
async function publishLongAgo({ id, stages }: JobRecord): Promise<void> {
  const order = { job: id, stage: "depth", generation: 0, orderId: stages.depth.order?.id };
  await bus.jetstream.publish(workSubject("depth", "normal"), JSON.stringify(order));
}

async function waiting(): Promise<number> {
  return (await bus.manager.streams.info(workStream("depth"))).state.messages;
}

test("an order that has waited for a long time is not published a second time", async () => {
  const jobs = Array.from({ length: 5 }, () => oldJob());
  for (const job of jobs) await publishLongAgo(job);
  const recovery = new OrderRecovery(bus, new MemoryJobStore());
  const taken = await Promise.all(jobs.map((job) => recovery.check(job, "depth")));
  assert.deepEqual(new Set(taken), new Set(["none"]));
  assert.equal(await waiting(), 5);
});

test("an order that is missing from its stream is published", async () => {
  const before = await waiting();
  const recovery = new OrderRecovery(bus, new MemoryJobStore());
  assert.equal(await recovery.check(oldJob(), "depth"), "published");
  assert.equal(await waiting(), before + 1);
});

test("an order decided by a clock that has been set back since is recovered too", async () => {
  const recovery = new OrderRecovery(bus, new MemoryJobStore());
  assert.equal(await recovery.check(oldJob(Date.now() + LONG_AGO_MS), "depth"), "published");
});
