/** After nats-server was killed, the gateway deletes orders that the server delivers to nobody. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { JsMsg } from "nats";
import { pause } from "../kit/async/delay.js";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { type Order, publishOrder } from "../pipeline/orders/order.js";
import { acquire } from "../pipeline/record/acquire.js";
import { newId } from "../pipeline/record/id.js";
import { newRecord } from "../pipeline/record/record.js";
import { updateRecord } from "../pipeline/record/store.js";
import { workConsumer, workStream } from "../pipeline/topology/names.js";
import { eventually } from "../testing/eventually.js";
import {
  connectToMesh,
  type Fixture,
  type MeshBus,
  startFixture,
} from "../testing/mesh/fixture.js";

const STREAM = workStream("depth");
const CONSUMER = workConsumer("depth", "normal");
const ORDERS = 6;
/**
 * The server saves acknowledgements of a consumer this often, and removals from a stream far less
 * often.
 */
const ACKS_WRITTEN_MS = 500;

let fixture: Fixture;
let meshBus: MeshBus;
let gateway: Bus;
let depth: Bus;
before(async () => {
  const environment = { DEPTHMESH_MAINTENANCE_MS: "200" };
  fixture = await startFixture({ depth: 0, render: 0, encode: 0, environment });
  meshBus = await connectToMesh(fixture.mesh);
  gateway = meshBus.bus;
  const log = createLog("silent", { service: "test", worker: "test" });
  depth = await connectBus(fixture.mesh.natsUrlFor("depth"), "test", log);
});
after(async () => {
  await Promise.all([gateway?.close(), depth?.close()]);
  await fixture?.close();
});

async function take(): Promise<JsMsg> {
  return depth.jetstream.pull(STREAM, CONSUMER, 1_000);
}

/**
 * Orders in the stream, and those of them that the consumer has to deliver or waits for an ack of.
 */
async function counts(): Promise<{ held: number; owed: number }> {
  const { state } = await gateway.manager.streams.info(STREAM);
  const facts = await gateway.manager.consumers.info(STREAM, CONSUMER);
  return { held: state.messages, owed: facts.num_pending + facts.num_ack_pending };
}

/** An order whose stage a worker holds for longer than this test takes. */
async function heldOrder(): Promise<Order> {
  const { store } = meshBus;
  const names = { id: newId(), tenant: "t", specBlob: "s", photoBlob: "p", traceId: "0" };
  const record = newRecord({ ...names, lane: "normal", lastStage: "depth", nowMs: Date.now() });
  await store.create(record);
  const orderId = record.stages.depth.order?.id ?? assert.fail("an order is decided");
  const order = { job: record.id, stage: "depth", generation: 0, orderId } as const;
  const taker = { worker: "w", leaseMs: 600_000, nowMs: Date.now(), seq: ORDERS };
  const taken = acquire(record, order, taker);
  assert.ok(taken.kind === "taken");
  await updateRecord(store, record.id, () => taken.record);
  return order;
}

test("acknowledged orders that reappear with the server are deleted, an unacknowledged one stays", async () => {
  for (let i = 1; i < ORDERS; i++) {
    await publishOrder(gateway, { ...(await heldOrder()), job: newId() }, "normal");
  }
  await publishOrder(gateway, await heldOrder(), "normal");
  for (let i = 1; i < ORDERS; i++) assert.ok(await (await take()).ackAck());
  // Not acknowledged, so that it is delivered again after its ack wait.
  const last = await take();
  assert.deepEqual(await counts(), { held: 1, owed: 1 });
  await pause(ACKS_WRITTEN_MS);
  const { nats } = fixture.mesh;
  const { pid } = nats;
  assert.ok(pid);
  process.kill(pid, "SIGKILL");
  await nats.untilServing(pid);
  await eventually("the stream has only orders that the consumer knows", async () => {
    const { held, owed } = await counts().catch(() => ({ held: -1, owed: 0 }));
    return held === owed;
  });
  const again = await eventually("the order that nobody acknowledged", () =>
    take().catch(() => undefined),
  );
  assert.equal(again.seq, last.seq);
});
