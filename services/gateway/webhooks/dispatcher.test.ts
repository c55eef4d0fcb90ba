import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "../../../kit/log.js";
import { MadeClock } from "../../../testing/webhooks/made-clock.js";
import { MemoryDeliveries } from "../../../testing/webhooks/memory-deliveries.js";
import { type Delivery, deliveryKey } from "./deliveries.js";
import { Dispatcher, type DispatcherParts } from "./dispatcher.js";
import type { Failure, FailureKey } from "./failures.js";
import { type Outcome, WINDOW_MS } from "./schedule.js";
import type { StoredWebhook } from "./webhook.js";

const T0 = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const log = createLog("silent", { service: "test", worker: "test" });
const TAKEN: Outcome = { status: 200, error: "" };
const REFUSED: Outcome = { status: 500, error: "the receiver answered 500" };

function delivery(webhook: string, job: string): Delivery {
  return {
    ...{ tenant: "default", webhook, job, body: "{}", sinceMs: T0, attempts: 0, nextAtMs: T0 },
    ...{ isClaimed: false, lastStatus: 0, lastError: "", isRedelivery: false },
  };
}

function webhook(id: string): StoredWebhook {
  const url = `https://${id}.example/`;
  return { id, tenant: "default", url, states: [], everyJob: true, secret: "", createdAtMs: T0 };
}

/** What outlives gateways: the deliveries, the failures, the webhooks, and what receivers got. */
class World {
  readonly clock = new MadeClock(T0);
  readonly deliveries = new MemoryDeliveries();
  readonly failures = new Map<string, Failure>();
  readonly gone = new Set<string>();
  readonly disabled = new Set<string>();
  /** Key and time of each attempt. */
  readonly sent: { readonly key: string; readonly atMs: number; readonly attempt: number }[] = [];
  answer: (delivery: Delivery, signal: AbortSignal) => Outcome | Promise<Outcome> = () => TAKEN;

  gateway(): { readonly dispatcher: Dispatcher; readonly gone: (id: string) => void } {
    const listeners: ((id: string) => void)[] = [];
    const parts: DispatcherParts = {
      ...{ deliveries: this.deliveries, clock: this.clock, log },
      failures: {
        put: async (failure) => {
          this.deliveries.onOperation("failures.put");
          this.failures.set(deliveryKey(failure), failure);
        },
        remove: async (key: FailureKey) => {
          this.deliveries.onOperation("failures.remove");
          this.failures.delete(deliveryKey(key));
        },
      },
      webhooks: {
        read: async (id) => (this.gone.has(id) ? undefined : webhook(id)),
        disable: async (id) => void this.disabled.add(id),
        onGone: (listener) => void listeners.push(listener),
      },
      send: async (_webhook, what, signal) => {
        const { attempts: attempt } = what;
        this.sent.push({ key: deliveryKey(what), atMs: this.clock.now(), attempt });
        return this.answer(what, signal);
      },
      schedule: { windowMs: WINDOW_MS, random: () => 0.5 },
    };
    const dispatcher = new Dispatcher(parts);
    dispatcher.start();
    return { dispatcher, gone: (id) => listeners.forEach((listener) => void listener(id)) };
  }
}

test("a message that is never taken is tried for a day, then given up", async () => {
  const world = new World();
  world.answer = () => REFUSED;
  await world.deliveries.create(delivery("w", "j"));
  const { dispatcher } = world.gateway();
  await world.clock.pass(23 * HOUR_MS);
  assert.equal(world.failures.size, 0);
  await world.clock.pass(2 * HOUR_MS);
  assert.equal(world.sent.length, 12);
  assert.deepEqual(
    world.sent.map(({ attempt }) => attempt),
    Array.from({ length: 12 }, (_, i) => i + 1),
  );
  const failure = world.failures.get("w.j");
  assert.deepEqual(
    [failure?.attempts, failure?.lastStatus, failure?.lastError, failure?.atMs],
    [12, 500, REFUSED.error, T0 + WINDOW_MS],
  );
  assert.deepEqual(world.deliveries.waiting, []);
  await dispatcher.drain();
});

test("two gateways send each message once", async () => {
  const world = new World();
  for (let i = 0; i < 300; i++) await world.deliveries.create(delivery(`w${i % 7}`, `j${i}`));
  const gateways = [world.gateway(), world.gateway()];
  await world.clock.pass(60_000);
  assert.equal(world.sent.length, 300);
  assert.equal(new Set(world.sent.map(({ key }) => key)).size, 300);
  assert.deepEqual(world.deliveries.waiting, []);
  for (const { dispatcher } of gateways) await dispatcher.drain();
});

test("what a gateway was sending when it died is sent by another one, not at once", async () => {
  const world = new World();
  // The first gateway never gets an answer: it is dead.
  world.answer = () => new Promise<Outcome>(() => {});
  await world.deliveries.create(delivery("w", "j"));
  world.gateway();
  await world.clock.settle();
  assert.equal(world.sent.length, 1);
  world.answer = () => TAKEN;
  const { dispatcher } = world.gateway();
  await world.clock.pass(15_000);
  assert.equal(world.sent.length, 1, "the claim stands");
  await world.clock.pass(10_000);
  assert.deepEqual(
    world.sent.map(({ attempt }) => attempt),
    [1, 2],
  );
  assert.deepEqual(world.deliveries.waiting, []);
  await dispatcher.drain();
});

test("what a gateway has no time for when it stops is sent by another one at once", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const world = new World();
  world.answer = (_what, signal) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve({ status: 0, error: "ended" }));
    });
  // The attempt at the end of its window: after it, the message is given up.
  await world.deliveries.create({ ...delivery("w", "j"), attempts: 11, sinceMs: T0 - WINDOW_MS });
  const stopping = world.gateway();
  await world.clock.settle();
  const drained = stopping.dispatcher.drain();
  t.mock.timers.tick(4_000);
  await drained;
  assert.equal(world.failures.size, 0);
  world.answer = () => TAKEN;
  const { dispatcher } = world.gateway();
  await world.clock.settle();
  assert.deepEqual(
    world.sent.map(({ attempt }) => attempt),
    [12, 12],
  );
  assert.deepEqual(world.deliveries.waiting, []);
  await dispatcher.drain();
});

test("a crash between any two steps loses no message, whatever the receiver does", async () => {
  for (const outcome of [TAKEN, REFUSED]) {
    // Every operation of the whole life of a delivery, until there are no more.
    for (let steps = 0, hasCrashed = true; hasCrashed; steps++) {
      const world = new World();
      world.answer = () => outcome;
      hasCrashed = false;
      let left = steps;
      let isDead = false;
      world.deliveries.onOperation = () => {
        // A dead gateway does nothing more.
        if (isDead) throw new Error("dead");
        if (left-- > 0) return;
        isDead = true;
        hasCrashed = true;
        throw new Error("dead");
      };
      await world.deliveries.create(delivery("w", "j")).catch(() => {});
      const dead = world.gateway();
      await world.clock.pass(30 * HOUR_MS, () => isDead);
      await dead.dispatcher.drain();
      isDead = false;
      left = Number.POSITIVE_INFINITY;
      // What a restart does first: the end of the job is told again.
      await world.deliveries.create(delivery("w", "j"));
      world.gateway();
      await world.clock.pass(30 * HOUR_MS);
      assert.deepEqual(world.deliveries.waiting, [], `step ${steps}`);
      assert.ok(world.sent.length >= 1, `step ${steps}`);
      const isGivenUp = world.failures.has("w.j");
      assert.equal(isGivenUp, outcome === REFUSED, `step ${steps}`);
      if (outcome === TAKEN) assert.ok(world.sent.length <= 2, `step ${steps}`);
    }
  }
});

test("a webhook that hangs keeps few places, and no other webhook waiting", async () => {
  const world = new World();
  let hanging = 0;
  const release: (() => void)[] = [];
  world.answer = (what) => {
    if (what.webhook !== "slow") return TAKEN;
    hanging += 1;
    return new Promise((resolve) =>
      release.push(() => {
        hanging -= 1;
        resolve(REFUSED);
      }),
    );
  };
  for (let i = 0; i < 500; i++) await world.deliveries.create(delivery("slow", `j${i}`));
  for (let i = 0; i < 50; i++) await world.deliveries.create(delivery("fast", `j${i}`));
  const { dispatcher } = world.gateway();
  await world.clock.settle();
  assert.equal(hanging, 4);
  assert.equal(world.sent.filter(({ key }) => key.startsWith("fast.")).length, 50);
  for (const end of release.splice(0)) end();
  await world.clock.settle();
  assert.equal(hanging, 1, "after failures one at a time");
  const draining = dispatcher.drain();
  for (const end of release.splice(0)) end();
  await draining;
});

test("a hundred webhooks that hang do not keep one waiting that takes its messages", async () => {
  const world = new World();
  world.answer = (what) => (what.webhook === "fast" ? TAKEN : new Promise(() => {}));
  for (let i = 0; i < 10; i++) {
    for (let w = 0; w < 25; w++) await world.deliveries.create(delivery(`slow${w}`, `j${i}`));
  }
  await world.deliveries.create(delivery("fast", "j"));
  world.gateway();
  await world.clock.settle();
  assert.ok(world.sent.some(({ key }) => key === "fast.j"));
});

test("Retry-After holds back all messages of the webhook", async () => {
  const world = new World();
  world.answer = () => ({ status: 429, error: "busy", retryAfterMs: 600_000 });
  await world.deliveries.create(delivery("w", "j1"));
  const { dispatcher } = world.gateway();
  await world.clock.settle();
  world.answer = () => TAKEN;
  await world.deliveries.create(delivery("w", "j2"));
  await world.clock.pass(599_000);
  assert.equal(world.sent.length, 1);
  await world.clock.pass(2_000);
  assert.deepEqual(world.sent.map(({ key }) => key).sort(), ["w.j1", "w.j1", "w.j2"]);
  await dispatcher.drain();
});

test("410 disables the webhook, and what waits for one that is gone is dropped", async () => {
  const world = new World();
  world.answer = () => ({ status: 410, error: "gone" });
  await world.deliveries.create(delivery("w", "j1"));
  const { dispatcher } = world.gateway();
  await world.clock.settle();
  assert.deepEqual([...world.disabled], ["w"]);
  world.gone.add("w");
  await world.deliveries.create(delivery("w", "j2"));
  await world.clock.settle();
  assert.equal(world.sent.length, 1);
  assert.deepEqual(world.deliveries.waiting, []);
  assert.equal(world.failures.size, 0);
  await dispatcher.drain();
});

test("the attempt of a webhook that is deleted ends at once", async () => {
  const world = new World();
  let hasEnded = false;
  world.answer = (_what, signal) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        hasEnded = true;
        resolve({ status: 0, error: "ended" });
      });
    });
  await world.deliveries.create(delivery("w", "j"));
  const { dispatcher, gone } = world.gateway();
  await world.clock.settle();
  world.gone.add("w");
  await world.deliveries.removeOf("w");
  gone("w");
  assert.ok(hasEnded);
  await world.clock.pass(30 * HOUR_MS);
  assert.equal(world.sent.length, 1);
  assert.equal(world.failures.size, 0);
  await dispatcher.drain();
});

test("a message that is sent again after it was given up removes its failure", async () => {
  const world = new World();
  const given = { ...delivery("w", "j"), atMs: T0 };
  world.failures.set("w.j", given);
  await world.deliveries.renew({ ...delivery("w", "j"), isRedelivery: true });
  const { dispatcher } = world.gateway();
  await world.clock.settle();
  assert.equal(world.sent.length, 1);
  assert.equal(world.failures.size, 0);
  await dispatcher.drain();
});
