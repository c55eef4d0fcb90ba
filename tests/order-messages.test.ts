/**
 * What a worker does with an order's message when it has lost the stage, or shuts down while it
 * takes it.
 */
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Reason } from "../core/error-reasons.js";
import { DepthmeshError } from "../core/errors.js";
import { pause } from "../kit/async/delay.js";
import { createLog } from "../kit/log.js";
import { isNothingThere } from "../kit/nats/bus-errors.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { NatsServer } from "../launcher/nats-server.js";
import { orderExists, publishDecidedOrder } from "../pipeline/orders/order.js";
import { newId } from "../pipeline/record/id.js";
import { KvJobStore } from "../pipeline/record/kv-store.js";
import { type JobRecord, newRecord, withStage } from "../pipeline/record/record.js";
import { type JobStore, updateRecord } from "../pipeline/record/store.js";
import { ensureTopology } from "../pipeline/topology/ensure-topology.js";
import { bindBuckets } from "../pipeline/topology/mesh-state.js";
import { workConsumer, workStream, workSubject } from "../pipeline/topology/names.js";
import { type StageWork, StageWorker } from "../pipeline/worker/stage-worker.js";
import { eventually } from "../testing/eventually.js";

const LEASE_MS = 60_000;
const log = createLog("fatal", { service: "test", worker: "test" });
let folder: string;
let server: NatsServer;
let gateway: Bus;
let bus: Bus;
let store: KvJobStore;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-test-"));
  server = await NatsServer.start({ folder });
  gateway = await connectBus(server.urlFor("gateway"), "gateway", log);
  await ensureTopology(gateway, { leaseMs: LEASE_MS, queueLimit: 1_000 });
  bus = await connectBus(server.urlFor("depth"), "depth", log);
  store = new KvJobStore((await bindBuckets(bus)).jobs, bus);
});

after(async () => {
  await bus?.close();
  await gateway?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/**
 * A depth worker with one slot and this handler, and a job for it; `end` drains the worker at once.
 */
async function workOn(handle: (work: StageWork) => Promise<void>, records: JobStore = store) {
  const worker = new StageWorker({
    ...{ stage: "depth", worker: "first", slots: 1, leaseMs: LEASE_MS, stageDeadlineMs: LEASE_MS },
    ...{ retryBaseMs: 1, bus, store: records, log, handle },
    die: (why) => assert.fail(why),
  });
  const names = { tenant: "t", specBlob: "s", photoBlob: "p", traceId: "0" };
  const record = newRecord({
    ...{ ...names, id: newId(), lane: "normal", lastStage: "encode", nowMs: Date.now() },
  });
  await store.create(record);
  const seq = await publishDecidedOrder(gateway, record, "depth");
  assert.ok(seq !== undefined);
  worker.start("127.0.0.1:1");
  return { id: record.id, seq, end: () => worker.drain(0) };
}

/**
 * Another worker acquires the stage by the same message, as if the first had paused for longer than
 * its lease.
 */
async function takeOver(id: string): Promise<void> {
  await updateRecord(store, id, (current) => {
    const { lease } = current.stages.depth;
    return lease
      ? withStage(current, "depth", { lease: { ...lease, token: "another's" } })
      : undefined;
  });
}

for (const reason of [
  "PULL_SUPERSEDED",
  "IMAGE_CORRUPT",
  "INFERENCE_FAILED",
  "STORAGE_FULL",
] as const) {
  test(`a worker that has lost the stage neither acks nor nacks after ${reason}`, async () => {
    let fail = () => {};
    const failed = new Promise<void>((resolve) => {
      fail = resolve;
    });
    const { id, seq, end } = await workOn(async ({ record }) => {
      await takeOver(record.id);
      fail();
      throw new DepthmeshError(reason satisfies Reason, "too late");
    });
    await failed;
    await end();
    await bus.connection.flush();
    assert.ok(await orderExists(gateway, "depth", seq), "the order is gone");
    const pull = bus.jetstream.pull(workStream("depth"), workConsumer("depth", "normal"), 300);
    await assert.rejects(pull, isNothingThere, "the order was handed out again");
    assert.equal((await store.read(id))?.record.stages.depth.lease?.token, "another's");
  });
}

/** A store whose writes are made at once but answered only when `open` is called. */
class SlowStore extends KvJobStore {
  readonly #written = new EventEmitter();
  readonly written = once(this.#written, "written");
  readonly #opened = new EventEmitter();
  readonly #open = once(this.#opened, "open");

  override async replace(record: JobRecord, revision: number): Promise<number | undefined> {
    const written = await super.replace(record, revision);
    this.#written.emit("written");
    await this.#open;
    return written;
  }

  open(): void {
    this.#opened.emit("open");
  }
}

test("a stage that is acquired while the worker shuts down is given back before its work begins", async () => {
  const slow = new SlowStore((await bindBuckets(bus)).jobs, bus);
  let begun = false;
  const { id, end } = await workOn(async ({ lease }) => {
    begun = true;
    await once(lease.signal, "abort");
  }, slow);
  await slow.written;
  const ended = end();
  // Timers fire in order, so the worker's grace period is over then.
  await pause(0);
  slow.open();
  await ended;
  assert.equal(begun, false);
  const { lease, crashes } = (await store.read(id))?.record.stages.depth ?? {};
  assert.deepEqual({ lease, crashes }, { lease: null, crashes: 0 });
});

/** A store that makes the first write of each record but answers with BUS_UNAVAILABLE. */
class SilentStore extends KvJobStore {
  readonly #written = new Set<string>();

  override async replace(record: JobRecord, revision: number): Promise<number | undefined> {
    const written = await super.replace(record, revision);
    if (this.#written.has(record.id)) return written;
    this.#written.add(record.id);
    throw new DepthmeshError("BUS_UNAVAILABLE", "no answer");
  }
}

test("an acquisition whose answer is lost does not count as a crash, and the work begins", {
  timeout: 20_000,
}, async () => {
  const silent = new SilentStore((await bindBuckets(bus)).jobs, bus);
  const begun = new EventEmitter();
  const work = once(begun, "begun");
  const { end } = await workOn(async (taken) => {
    begun.emit("begun", taken);
    await taken.lease.commit({ output: null });
  }, silent);
  const [{ record, lease }] = (await work) as [StageWork];
  assert.equal(record.stages.depth.crashes, 0);
  assert.equal(record.stages.depth.lease?.token, lease.token);
  await end();
});

test("an order of another stage is dropped, whoever has written it, and its job is left alone", async () => {
  const names = { tenant: "t", specBlob: "s", photoBlob: "p", traceId: "0" };
  const other = newRecord({
    ...{ ...names, id: newId(), lane: "normal", lastStage: "encode", nowMs: Date.now() },
  });
  await store.create(other);
  const order = { job: other.id, stage: "encode", generation: 0, orderId: newId() };
  const foreign = JSON.stringify(order);
  const { seq } = await gateway.jetstream.publish(workSubject("depth", "normal"), foreign);
  const { end } = await workOn(async ({ lease, order: taken }) => {
    assert.notEqual(taken.job, other.id);
    await lease.commit({ output: null });
  });
  const isGone = async () => !(await orderExists(gateway, "depth", seq));
  await eventually("the foreign order is dropped", isGone);
  await end();
  assert.deepEqual((await store.read(other.id))?.record, other);
});
