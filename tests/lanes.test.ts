/** In which order a worker with one slot takes orders of all lanes from a real nats-server. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { NatsServer } from "../launcher/nats-server.js";
import { publishDecidedOrder } from "../pipeline/orders/order.js";
import { newId } from "../pipeline/record/id.js";
import { KvJobStore } from "../pipeline/record/kv-store.js";
import { newRecord } from "../pipeline/record/record.js";
import { LANES, type Lane } from "../pipeline/stages.js";
import { ensureTopology } from "../pipeline/topology/ensure-topology.js";
import { StageWorker } from "../pipeline/worker/stage-worker.js";

const LEASE_MS = 5_000;
const ORDERS_A_LANE = 24;
const log = createLog("silent", { service: "test", worker: "test" });

let folder: string;
let server: NatsServer;
let bus: Bus;
let store: KvJobStore;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-lanes-"));
  server = await NatsServer.start({ folder });
  bus = await connectBus(server.urlFor("gateway"), "test", log);
  const settings = { leaseMs: LEASE_MS, queueLimit: 1_000 };
  store = new KvJobStore((await ensureTopology(bus, settings)).jobs, bus);
});
after(async () => {
  await bus?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Creates a job of the depth stage alone and publishes its order. */
async function submit(lane: Lane): Promise<void> {
  const names = { id: newId(), tenant: "t", specBlob: "s", photoBlob: "p", traceId: "0" };
  const record = newRecord({ ...names, lane, lastStage: "depth", nowMs: Date.now() });
  assert.ok(await store.create(record));
  await publishDecidedOrder(bus, record, "depth");
}

test("with orders in every lane a slot takes 8, 3 and 1 of them, and in the end takes all", async () => {
  for (let i = 0; i < ORDERS_A_LANE; i++) for (const lane of LANES) await submit(lane);
  const taken: Lane[] = [];
  let allTaken: () => void = () => {};
  const end = new Promise<void>((resolve) => {
    allTaken = resolve;
  });
  const worker = new StageWorker({
    ...{ stage: "depth", worker: "w", slots: 1, leaseMs: LEASE_MS, retryBaseMs: 10 },
    ...{ bus, store, log, stageDeadlineMs: 60_000, die: assert.fail },
    handle: async ({ record, lease }) => {
      await lease.commit({ output: null });
      taken.push(record.lane);
      if (taken.length === ORDERS_A_LANE * LANES.length) allTaken();
    },
  });
  worker.start("127.0.0.1:1");
  await end;
  await worker.drain(1_000);
  const count = (lanes: readonly Lane[], lane: Lane) =>
    lanes.filter((each) => each === lane).length;
  // As long as all three lanes have orders.
  for (const first of [0, 12]) {
    const turn = taken.slice(first, first + 12);
    assert.deepEqual(
      LANES.map((lane) => count(turn, lane)),
      [8, 3, 1],
      turn.join(" "),
    );
  }
  assert.deepEqual(
    LANES.map((lane) => count(taken, lane)),
    LANES.map(() => ORDERS_A_LANE),
  );
});
