/** Reading a whole bucket of a real nats-server while others write into it. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { KV } from "nats";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { readBucket } from "../kit/nats/kv.js";
import { NatsServer } from "../launcher/nats-server.js";

const KEYS = 3_000;
/** As large as a record. */
const VALUE = "x".repeat(3_000);
const IN_FLIGHT = 100;

let folder: string;
let server: NatsServer;
let bus: Bus;
let bucket: KV;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-read-"));
  server = await NatsServer.start({ folder });
  const log = createLog("silent", { service: "test", worker: "test" });
  bus = await connectBus(server.urlFor("gateway"), "test", log);
  bucket = await bus.jetstream.views.kv("read", { history: 1 });
  for (let first = 0; first < KEYS; first += IN_FLIGHT) {
    const puts = Array.from({ length: IN_FLIGHT }, (_, i) => bucket.put(`k${first + i}`, VALUE));
    await Promise.all(puts);
  }
});
after(async () => {
  await bus?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function keysRead(): Promise<Set<string>> {
  const keys = new Set<string>();
  await readBucket(bus.manager, bucket, ({ key }) => keys.add(key));
  return keys;
}

test("a key that is written during the reading is not overlooked", async () => {
  let isOver = false;
  const write = async () => {
    for (let i = 0; !isOver; i++) await bucket.put(`k${(i * 7919) % KEYS}`, VALUE);
  };
  const writers = [write(), write()];
  try {
    for (let reading = 0; reading < 3; reading++) assert.equal((await keysRead()).size, KEYS);
  } finally {
    isOver = true;
    await Promise.all(writers);
  }
});

test("removals are read too, an empty bucket has nothing, a server that is away is no empty one", async () => {
  await bucket.delete("k0");
  const removed: string[] = [];
  await readBucket(bus.manager, bucket, ({ key, operation }) => {
    if (operation !== "PUT") removed.push(key);
  });
  assert.deepEqual(removed, ["k0"]);
  const empty = await bus.jetstream.views.kv("empty", { history: 1 });
  await readBucket(bus.manager, empty, () => assert.fail("nothing is there"));
  await server.stop();
  await assert.rejects(keysRead(), { reason: "BUS_UNAVAILABLE" });
});
