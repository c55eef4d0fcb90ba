/** The order puller: how orders of a real nats-server reach the slots of a worker. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import type { JsMsg } from "nats";
import { pause } from "../kit/async/delay.js";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { NatsServer } from "../launcher/nats-server.js";
import { publishOrder } from "../pipeline/orders/order.js";
import { OrderPuller } from "../pipeline/orders/order-puller.js";
import { newId } from "../pipeline/record/id.js";
import { LANES, type Lane } from "../pipeline/stages.js";
import { ensureTopology } from "../pipeline/topology/ensure-topology.js";
import { workConsumer, workStream } from "../pipeline/topology/names.js";
import { eventually } from "../testing/eventually.js";

const log = createLog("fatal", { service: "test", worker: "test" });
let folder: string;
let server: NatsServer;
let gateway: Bus;
let depth: Bus;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-test-"));
  server = await NatsServer.start({ folder });
  gateway = await connectBus(server.urlFor("gateway"), "gateway", log);
  await ensureTopology(gateway, { leaseMs: 60_000, queueLimit: 1_000 });
  depth = await connectBus(server.urlFor("depth"), "depth", log);
});

after(async () => {
  await depth?.close();
  await gateway?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function publish(lane: Lane): Promise<string> {
  const orderId = newId();
  await publishOrder(gateway, { job: newId(), stage: "depth", generation: 0, orderId }, lane);
  return orderId;
}

/** Closes the puller after the test, unless the test has closed it. */
const intakes: OrderPuller[] = [];
afterEach(() => Promise.all(intakes.splice(0).map((puller) => puller.close())));
function opened(): OrderPuller {
  const puller = new OrderPuller(depth, "depth", log);
  intakes.push(puller);
  return puller;
}

const idOf = (message: JsMsg | undefined) => message?.json<{ orderId: string }>().orderId;

/** Number of orders in all lanes that were delivered and not acked. */
async function held(): Promise<number> {
  const infos = await Promise.all(
    LANES.map((lane) =>
      gateway.manager.consumers.info(workStream("depth"), workConsumer("depth", lane)),
    ),
  );
  return infos.reduce((sum, { num_ack_pending }) => sum + num_ack_pending, 0);
}

/** Acks every order that was handed out. */
async function settle(messages: readonly (JsMsg | undefined)[]): Promise<void> {
  await Promise.all(messages.map((message) => message?.ackAck()));
}

test("orders that waited before the worker started are handed out, never more than there are free slots", async () => {
  const published = new Set<string | undefined>();
  for (let i = 0; i < 12; i++) published.add(await publish(LANES[i % 3] ?? "normal"));
  const puller = opened();
  const { signal } = new AbortController();
  const taken: (JsMsg | undefined)[] = [];
  for (let round = 0; round < 4; round++) {
    taken.push(...(await Promise.all([1, 2, 3].map(() => puller.next(signal)))));
    assert.equal(await held(), 3 * (round + 1), "no order waits in the worker");
  }
  await puller.close();
  assert.deepEqual(new Set(taken.map(idOf)), published);
  await settle(taken);
});

test("waiting slots get orders as they are published, each order in one slot", async () => {
  const puller = opened();
  const { signal } = new AbortController();
  const waiting = [1, 2, 3, 4].map(() => puller.next(signal));
  const published = await Promise.all(LANES.map(publish));
  const first = await Promise.all(waiting.slice(0, 3));
  assert.deepEqual(first.map(idOf).sort(), published.sort());
  const last = await publish("low");
  assert.equal(idOf(await waiting[3]), last);
  assert.equal(await held(), 4);
  await puller.close();
  await settle([...first, await waiting[3]]);
});

test("all redelivered orders are found without a nudge", async () => {
  const puller = opened();
  const { signal } = new AbortController();
  const published = await Promise.all([1, 2, 3, 4, 5].map(() => publish("normal")));
  const first = await Promise.all(published.map(() => puller.next(signal)));
  for (const message of first) message?.nak(50);
  const again = await Promise.all(published.map(() => puller.next(signal)));
  assert.deepEqual(again.map(idOf).sort(), published.sort());
  assert.ok(again.every((message) => message?.redelivered));
  await puller.close();
  await settle(again);
});

test("an idle worker does not pull, and pulls again for new and for redelivered orders", async () => {
  let pulls = 0;
  let checks = 0;
  const bus: Bus = {
    ...depth,
    jetstream: observed(depth.jetstream, "pull", () => pulls++),
    manager: {
      ...depth.manager,
      consumers: observed(depth.manager.consumers, "info", () => checks++),
    },
  };
  const puller = new OrderPuller(bus, "depth", log);
  intakes.push(puller);
  const waiting = puller.next(new AbortController().signal);
  await eventually("the lanes were asked", () => checks >= LANES.length);
  // One more poll may be under way.
  await pause(1_500);
  const pullsBefore = pulls;
  await pause(2_500);
  assert.equal(pulls, pullsBefore, "empty lanes are not pulled from");
  const published = await publish("low");
  const first = await waiting;
  assert.equal(idOf(first), published);
  first?.nak(200);
  const again = await puller.next(AbortSignal.timeout(5_000));
  assert.equal(idOf(again), published);
  await puller.close();
  await settle([again]);
});

/** `part` with a method that reports its calls. */
function observed<T extends object>(part: T, method: keyof T, called: () => void): T {
  return new Proxy(part, {
    get(target, name) {
      if (name === method) called();
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

test("an order that arrives after its slot stopped waiting is nacked at once", async () => {
  const puller = opened();
  const stop = new AbortController();
  const waiting = puller.next(stop.signal);
  // When the slot stops waiting, the pull that the nudge triggered is under way or was not sent.
  const published = await publish("normal");
  stop.abort();
  const early = await waiting;
  await puller.close();
  const next = opened();
  const got = early ?? (await next.next(AbortSignal.timeout(10_000)));
  await next.close();
  assert.equal(idOf(got), published);
  await settle([got]);
});

test("a slot that stops waiting gets no order, and no order is lost", async () => {
  const puller = opened();
  const stop = new AbortController();
  const left = puller.next(stop.signal);
  const stays = puller.next(new AbortController().signal);
  const published = publish("high");
  stop.abort();
  assert.equal(await left, undefined);
  const got = await stays;
  assert.equal(idOf(got), await published);
  await puller.close();
  await settle([got]);
  assert.equal(await held(), 0);
});
