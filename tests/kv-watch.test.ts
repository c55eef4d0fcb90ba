/** The watch of a KV bucket against a real nats-server that is killed and started again. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type KV, StorageType } from "nats";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { type KvChange, watchKv } from "../kit/nats/kv-watch.js";
import { NatsServer } from "../launcher/nats-server.js";

let folder: string;
let server: NatsServer;
let bus: Bus;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-watch-"));
  server = await NatsServer.start({ folder });
  const log = createLog("silent", { service: "test", worker: "test" });
  bus = await connectBus(server.urlFor("gateway"), "test", log);
});
after(async () => {
  await bus?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const limit = () => AbortSignal.timeout(30_000);

function bucket(name: string, storage = StorageType.File): Promise<KV> {
  return bus.jetstream.views.kv(name, { history: 1, storage });
}

/** Resolves when the connection is up again, which is later than the server. */
async function restart(): Promise<void> {
  const { pid } = server;
  assert.ok(pid);
  const back = new Promise<void>((resolve) => {
    const forget = bus.connectionState.onReturn(() => {
      forget();
      resolve();
    });
  });
  process.kill(pid, "SIGKILL");
  await back;
  assert.notEqual(server.pid, pid, "another process");
}

/** Changes as text: `key=value`, `key!` for a removal, `current`. */
function word(change: KvChange): string {
  if (change.kind === "current") return "current";
  const { key, operation } = change.entry;
  return operation === "PUT" ? `${key}=${change.entry.string()}` : `${key}!`;
}

async function take(changes: AsyncGenerator<KvChange>, count: number): Promise<string[]> {
  const words: string[] = [];
  while (words.length < count) {
    const { value, done } = await changes.next();
    assert.ok(!done, `ended after ${words}`);
    words.push(word(value));
  }
  return words;
}

test("a watch yields the existing entries, then `current`, then each change", async () => {
  const kv = await bucket("plain");
  await kv.put("a", "1");
  await kv.put("b", "1");
  await kv.put("a", "2");
  const changes = watchKv({ bus, bucket: kv }, limit());
  assert.deepEqual(await take(changes, 3), ["b=1", "a=2", "current"]);
  await kv.put("b", "2");
  await kv.delete("a");
  assert.deepEqual(await take(changes, 2), ["b=2", "a!"]);
  await changes.return(undefined);
});

test("a removal that follows its write at once reaches the watch", async () => {
  const kv = await bucket("removals");
  const names = Array.from({ length: 64 }, (_, index) => `k${index}`);
  const changes = watchKv({ bus, bucket: kv }, limit());
  assert.deepEqual(await take(changes, 1), ["current"]);
  // The way in which jobs, uploads and webhooks are removed.
  const made = names.map(async (name) =>
    kv.delete(name, { previousSeq: await kv.create(name, "") }),
  );
  await Promise.all(made);
  const removed = new Set<string>();
  while (removed.size < names.length) {
    const [change = ""] = await take(changes, 1);
    if (change.endsWith("!")) removed.add(change);
  }
  await changes.return(undefined);
});

test("an empty bucket is current at once, and a watch of one key yields no others", async () => {
  const kv = await bucket("single");
  const changes = watchKv({ bus, bucket: kv, key: "mine" }, limit());
  assert.deepEqual(await take(changes, 1), ["current"]);
  await kv.put("other", "1");
  await kv.put("mine", "1");
  assert.deepEqual(await take(changes, 1), ["mine=1"]);
  await changes.return(undefined);
});

test("after a restart of the server, no entry comes twice and the newest missed one comes once", async () => {
  const kv = await bucket("durable");
  await kv.put("a", "1");
  await kv.put("b", "1");
  const changes = watchKv({ bus, bucket: kv }, limit());
  assert.deepEqual(await take(changes, 3), ["a=1", "b=1", "current"]);
  await restart();
  // This write races with the watch on purpose: the changes are the same whichever comes first.
  await kv.put("b", "2");
  const words = await take(changes, 2);
  assert.deepEqual(words.sort(), ["b=2", "current"]);
  await restart();
  assert.deepEqual(await take(changes, 1), ["current"]);
  await kv.put("a", "2");
  assert.deepEqual(await take(changes, 1), ["a=2"]);
  await changes.return(undefined);
});

test("with writes during restarts, revisions only rise and the last value is seen", async () => {
  const kv = await bucket("busy");
  const stop = new AbortController();
  const changes = watchKv({ bus, bucket: kv }, AbortSignal.any([stop.signal, limit()]));
  let last = 0;
  const watching = (async () => {
    let revision = 0;
    for await (const change of changes) {
      if (change.kind === "current") continue;
      assert.ok(change.entry.revision > revision, "a newer one");
      revision = change.entry.revision;
      last = Number(change.entry.string());
      if (last === 400) return;
    }
  })();
  let killings: Promise<void> = Promise.resolve();
  for (let value = 1; value <= 400; value++) {
    if (value === 100 || value === 250) killings = killings.then(restart);
    while (!(await kv.put(`key${value % 7}`, String(value)).catch(() => 0))) {
      await bus.connectionState.untilUp(stop.signal);
    }
  }
  await killings;
  await watching;
  stop.abort();
  assert.equal(last, 400);
});

test("a watch of a bucket in memory waits until the bucket exists again and reads it from its start", async () => {
  const kv = await bucket("memory", StorageType.Memory);
  for (const value of ["1", "2", "3"]) await kv.put("a", value);
  const changes = watchKv({ bus, bucket: kv }, limit());
  assert.deepEqual(await take(changes, 2), ["a=3", "current"]);
  await restart();
  await bucket("memory", StorageType.Memory);
  await kv.put("a", "new");
  const words = await take(changes, 2);
  assert.deepEqual(
    words.sort(),
    ["a=new", "current"],
    "the entry is seen although its revision is lower than before",
  );
  await changes.return(undefined);
});

test("a watch ends with its signal and with the connection", async () => {
  const kv = await bucket("ending");
  const stop = new AbortController();
  const changes = watchKv({ bus, bucket: kv }, stop.signal);
  await take(changes, 1);
  const next = changes.next();
  stop.abort();
  assert.equal((await next).done, true);

  const log = createLog("silent", { service: "test", worker: "test" });
  const other = await connectBus(server.urlFor("gateway"), "other", log);
  const bound = await other.jetstream.views.kv("ending", { bindOnly: true });
  const others = watchKv({ bus: other, bucket: bound }, limit());
  await take(others, 1);
  const end = others.next();
  await other.close();
  assert.equal((await end).done, true);
});

test("a consumer that the server has deleted is replaced", async () => {
  const kv = await bucket("orphaned");
  const changes = watchKv({ bus, bucket: kv }, limit());
  await take(changes, 1);
  for await (const { name } of bus.manager.consumers.list("KV_orphaned")) {
    await bus.manager.consumers.delete("KV_orphaned", name);
  }
  await kv.put("a", "1");
  assert.deepEqual(await take(changes, 1), ["a=1"]);
  await changes.return(undefined);
});

test("a key that is purged while a watch is away is told as a removal, if that is asked for", async () => {
  const kv = await bucket("vanishing");
  const other = await connectBus(server.urlFor("gateway"), "other", bus.log);
  const stop = new AbortController();
  const changes = watchKv({ bus, bucket: kv, tellsVanished: true }, stop.signal);
  await kv.put("kept", "1");
  await kv.put("gone", "2");
  assert.deepEqual(await take(changes, 3), ["kept=1", "gone=2", "current"]);
  // The purge and the watch's return race; a change that is told first would hide the purge.
  await other.manager.streams.purge("KV_vanishing", { filter: "$KV.vanishing.gone" });
  await restart();
  assert.deepEqual(await take(changes, 2), ["gone!", "current"]);
  await kv.put("kept", "3");
  assert.deepEqual(await take(changes, 1), ["kept=3"]);
  stop.abort();
  await other.close();
});
