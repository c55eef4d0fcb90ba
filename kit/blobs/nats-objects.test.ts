/**
 * What happens to an object in NATS when an answer is lost, a move is cut off, or its reader takes
 * long: against a real nats-server.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { JetStreamClient } from "nats";
import { NatsServer } from "../../launcher/nats-server.js";
import { refusal } from "../../testing/refusal.js";
import { createLog } from "../log.js";
import { type Bus, connectBus } from "../nats/connect.js";
import { collect } from "../rpc/chunks.js";
import { BLOBS_BUCKET, objectStream, objectStreamConfig } from "./nats-names.js";
import { NatsObjects } from "./nats-objects.js";

/** More than two fetches. */
const LARGE = randomBytes(6 * 1024 * 1024);
const IN_AN_HOUR = Date.now() + 3_600_000;
const STREAM = objectStream(BLOBS_BUCKET);

let folder: string;
let server: NatsServer;
let bus: Bus;
let objects: NatsObjects;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-objects-"));
  server = await NatsServer.start({ folder });
  const log = createLog("silent", { service: "gateway", worker: "test" });
  bus = await connectBus(server.urlFor("gateway"), "test", log);
  await bus.manager.streams.add(objectStreamConfig(BLOBS_BUCKET));
  objects = new NatsObjects(bus, BLOBS_BUCKET);
});
after(async () => {
  await bus?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Whose `method` does its work, and whose answer is lost. */
function losing<T extends object>(api: T, isLost: (method: string, first: unknown) => boolean): T {
  return new Proxy(api, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return async (...parameters: unknown[]) => {
        const answer: unknown = await value.apply(target, parameters);
        if (isLost(String(key), parameters[0])) throw new Error("the answer is lost");
        return answer;
      };
    },
  });
}

test("an object whose description was stored stays, although the answer was lost", async () => {
  const isDescription = (subject: unknown) => String(subject).startsWith(`$O.${BLOBS_BUCKET}.M.`);
  const jetstream = (options: object): JetStreamClient =>
    losing(bus.connection.jetstream(options), (name, subject) => {
      return name === "publish" && isDescription(subject);
    });
  const connection = new Proxy(bus.connection, {
    get: (target, key) => (key === "jetstream" ? jetstream : Reflect.get(target, key, target)),
  });
  const unlucky = new NatsObjects({ ...bus, connection }, BLOBS_BUCKET);
  await assert.rejects(unlucky.put("blobs/one", [LARGE]));
  assert.ok(Buffer.from(await collect(objects.get("blobs/one"))).equals(LARGE));
  await objects.clearPartials(IN_AN_HOUR);
  assert.ok(Buffer.from(await collect(objects.get("blobs/one"))).equals(LARGE));
});

test("what a move that was cut off has left can be removed without its target's bytes", async () => {
  const streams = losing(bus.manager.streams, (name) => name === "deleteMessage");
  const deleting = new Proxy(streams, {
    get: (target, key) =>
      key === "deleteMessage"
        ? () => Promise.reject(new Error("the process died"))
        : Reflect.get(target, key, target),
  });
  const manager = new Proxy(bus.manager, {
    get: (target, key) => (key === "streams" ? deleting : Reflect.get(target, key, target)),
  });
  await objects.put("incoming/one", [LARGE]);
  const dying = new NatsObjects({ ...bus, manager }, BLOBS_BUCKET);
  await assert.rejects(dying.move("incoming/one", "blobs/moved"), /the process died/);
  assert.equal(await objects.remove("incoming/one", IN_AN_HOUR), true);
  await objects.clearPartials(IN_AN_HOUR);
  assert.ok(Buffer.from(await collect(objects.get("blobs/moved"))).equals(LARGE));
  await objects.put("incoming/two", [LARGE]);
  assert.equal(await objects.remove("incoming/two"), true);
  await objects.clearPartials(IN_AN_HOUR);
  const { state } = await bus.manager.streams.info(STREAM, { subjects_filter: ">" });
  const chunks = Object.keys(state.subjects ?? {}).filter((subject) => subject.includes(".C."));
  assert.equal(chunks.length, 2, "of blobs/one and blobs/moved");
});

test("a reader that loses its consumer reads on, and one whose bytes are removed is told", async () => {
  await objects.put("blobs/slow", [LARGE]);
  /** As nats-server does when a reader asks for nothing for a while. */
  const forget = async () => {
    for await (const { name } of bus.manager.consumers.list(STREAM)) {
      await bus.manager.consumers.delete(STREAM, name);
    }
  };
  for (const offset of [0, 3_000_000]) {
    const read: Uint8Array[] = [];
    for await (const chunk of objects.get("blobs/slow", offset)) {
      read.push(chunk);
      if (read.length % 20 === 1) await forget();
    }
    assert.ok(Buffer.concat(read).equals(LARGE.subarray(offset)), `from ${offset}`);
  }
  const error = await refusal(
    (async () => {
      let isRemoved = false;
      for await (const _chunk of objects.get("blobs/slow")) {
        if (!isRemoved) await objects.remove("blobs/slow");
        isRemoved = true;
      }
    })(),
  );
  assert.equal(error.reason, "BLOB_NOT_FOUND");
});
