/**
 * Files in an object store of NATS are the gateway's alone: no other user of the deployed
 * configuration reads, writes, removes or overhears one.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { NatsError } from "nats";
import { DepthmeshError } from "../core/errors.js";
import { BLOBS_BUCKET, objectStream, objectStreamConfig } from "../kit/blobs/nats-names.js";
import { NatsObjects } from "../kit/blobs/nats-objects.js";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { collect } from "../kit/rpc/chunks.js";
import { NATS_USERS, NatsServer, type NatsUser } from "../launcher/nats-server.js";
import { eventually } from "../testing/eventually.js";

const log = createLog("silent", { service: "test", worker: "test" });

function isRefusal(error: unknown): boolean {
  const original = error instanceof DepthmeshError ? error.cause : error;
  return original instanceof NatsError && original.code === "PERMISSIONS_VIOLATION";
}

test("no user but the gateway reads, writes, removes or overhears a file in NATS", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-nats-blobs-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const server = await NatsServer.start({ folder });
  const buses: Bus[] = [];
  t.after(async () => {
    await Promise.all(buses.map((bus) => bus.close()));
    await server.stop();
  });
  const connect = async (user: NatsUser) => {
    const bus = await connectBus(server.urlFor(user), "test", log);
    buses.push(bus);
    return bus;
  };
  const gateway = await connect("gateway");
  await gateway.manager.streams.add(objectStreamConfig(BLOBS_BUCKET));
  const own = new NatsObjects(gateway, BLOBS_BUCKET);

  const heard: string[] = [];
  const operator = await connect("operator");
  operator.connection.subscribe(">", {
    callback: (_error, { data }) => heard.push(Buffer.from(data).toString("latin1")),
  });
  await operator.connection.flush();
  await own.put("blobs/photo", [Buffer.from("the bytes of a photo")]);
  assert.equal((await collect(own.get("blobs/photo"))).toString(), "the bytes of a photo");
  // What the server sends after this has come when this has.
  gateway.connection.publish("dm.v1.cancel.last", "last");
  await gateway.connection.flush();
  await eventually("the last message is heard", () => heard.includes("last"));
  assert.deepEqual(
    heard.filter((text) => text.includes("photo")),
    [],
  );

  const stream = objectStream(BLOBS_BUCKET);
  for (const user of NATS_USERS.filter((name) => name !== "gateway")) {
    const bus = user === "operator" ? operator : await connect(user);
    const { streams, consumers } = bus.manager;
    const theirs = new NatsObjects(bus, BLOBS_BUCKET);
    const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
      head: () => theirs.head("blobs/photo"),
      get: () => collect(theirs.get("blobs/photo")),
      put: () => theirs.put("blobs/other", [Buffer.from("other")]),
      touch: () => theirs.touch("blobs/photo"),
      remove: () => theirs.remove("blobs/photo"),
      message: () => streams.getMessage(stream, { seq: 1 }),
      purge: () => streams.purge(stream),
      delete: () => streams.delete(stream),
      consume: () => consumers.add(stream, { durable_name: "mine" }),
      publish: () => bus.jetstream.publish(`$O.${BLOBS_BUCKET}.C.mine`, "mine"),
    };
    for (const [what, attempt] of Object.entries(attempts)) {
      await assert.rejects(attempt(), isRefusal, `${user}: ${what}`);
    }
  }
  assert.equal((await collect(own.get("blobs/photo"))).toString(), "the bytes of a photo");
  assert.equal(await own.head("blobs/other"), undefined);
});
