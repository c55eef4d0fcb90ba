/**
 * The NATS user of each service may use only its own subjects. The other tests of meshes show that
 * these subjects are sufficient.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { type Msg, NatsError } from "nats";
import { DepthmeshError } from "../core/errors.js";
import { childEnvironment } from "../kit/config.js";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus, inboxPrefix } from "../kit/nats/connect.js";
import { packagePath } from "../kit/process/package-path.js";
import { emptyPortsFolder, listeningAddress } from "../launcher/nats-ports.js";
import { NATS_USERS, NatsServer, type NatsUser } from "../launcher/nats-server.js";
import { STAGES } from "../pipeline/stages.js";
import { ensureTopology } from "../pipeline/topology/ensure-topology.js";
import { bindBuckets } from "../pipeline/topology/mesh-state.js";
import {
  deadSubject,
  EVENTS_STREAM,
  JOBS_BUCKET,
  progressSubject,
  REQUESTS_BUCKET,
  workConsumer,
  workStream,
  workSubject,
} from "../pipeline/topology/names.js";
import { eventually } from "../testing/eventually.js";

/** A refusal by nats-server: directly from a subscription, or as the cause of BUS_UNAVAILABLE. */
const REFUSED = (error: unknown) => {
  const original = error instanceof DepthmeshError ? error.cause : error;
  return original instanceof NatsError && original.code === "PERMISSIONS_VIOLATION";
};
const WORKERS = STAGES;
const log = createLog("silent", { service: "test", worker: "test" });

let folder: string;
let server: NatsServer;
const buses = new Map<NatsUser, Bus>();
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-users-"));
  server = await NatsServer.start({ folder: join(folder, "embedded") });
  for (const user of NATS_USERS) {
    buses.set(user, await connectBus(server.urlFor(user), "test", log));
  }
  await ensureTopology(busOf("gateway"), { leaseMs: 2_000, queueLimit: 10 });
});
after(async () => {
  await Promise.all([...buses.values()].map((bus) => bus.close()));
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

function busOf(user: NatsUser): Bus {
  const bus = buses.get(user);
  assert.ok(bus);
  return bus;
}

async function messagesIn(stream: string): Promise<number> {
  return (await busOf("gateway").manager.streams.info(stream)).state.messages;
}

test("a worker can publish orders for the next stage only", async () => {
  const next = { depth: "render", render: "encode", encode: undefined } as const;
  for (const worker of WORKERS) {
    for (const stage of STAGES) {
      const publish = busOf(worker).jetstream.publish(workSubject(stage, "normal"), "{}");
      if (next[worker] === stage) await publish;
      else await assert.rejects(publish, REFUSED, `${worker} orders ${stage}`);
    }
  }
  assert.equal(await messagesIn("DM_WORK_DEPTH"), 0);
  assert.equal(await messagesIn("DM_WORK_RENDER"), 1);
  assert.equal(await messagesIn("DM_WORK_ENCODE"), 1, "only the order of render");
});

test("a worker can neither take nor ack orders of another stage", async () => {
  for (const worker of WORKERS) {
    for (const stage of STAGES.filter((other) => other !== worker)) {
      const { jetstream, connection } = busOf(worker);
      const pull = jetstream.pull(workStream(stage), workConsumer(stage, "normal"));
      await assert.rejects(pull, REFUSED, `${worker} pulls from ${stage}`);
      const ack = `$JS.ACK.${workStream(stage)}.${workConsumer(stage, "normal")}.1.1.1.1.0`;
      await assert.rejects(connection.request(ack, "+ACK", { timeout: 2_000 }), REFUSED);
    }
  }
});

test("a worker can neither change streams nor write to buckets and subjects of others", async () => {
  for (const worker of WORKERS) {
    const { manager, jetstream } = busOf(worker);
    const jobs = `KV_${JOBS_BUCKET}`;
    await assert.rejects(manager.streams.add({ name: "MINE", subjects: ["mine"] }), REFUSED);
    await assert.rejects(manager.streams.delete(workStream(worker)), REFUSED);
    await assert.rejects(manager.streams.purge(jobs), REFUSED);
    await assert.rejects(manager.streams.deleteMessage(jobs, 1), REFUSED);
    await assert.rejects(
      manager.consumers.delete(workStream(worker), workConsumer(worker, "normal")),
      REFUSED,
    );
    await assert.rejects(jetstream.publish(`$KV.${REQUESTS_BUCKET}.a`, "1"), REFUSED);
    await assert.rejects(jetstream.publish("dm.v1.event.default.job.succeeded", "{}"), REFUSED);
    const other = worker === "depth" ? "encode" : "depth";
    await assert.rejects(jetstream.publish(deadSubject(other, "POISONED", "j"), "{}"), REFUSED);
  }
  assert.equal(await messagesIn(EVENTS_STREAM), 0);
});

test("a worker reports the progress of its own stage, and writes only into buckets of its own", async () => {
  const buckets: Readonly<Record<string, readonly string[]>> = {
    dm_depth_maps: ["depth"],
    dm_results: ["render", "encode"],
    dm_workers: ["encode"],
    dm_requests: [],
    "dm_fleet.depth": ["depth"],
    "dm_fleet.render": ["render"],
    "dm_fleet.encode": ["encode"],
    "dm_fleet.gateway": [],
    dm_keys: [],
  };
  for (const worker of WORKERS) {
    const { jetstream, connection } = busOf(worker);
    for (const stage of STAGES) {
      // Nobody answers it; a user who may not ask is told so.
      const asked = connection.request(progressSubject("t", "j", stage), "{}", { timeout: 500 });
      const error = await asked.catch((thrown: unknown) => thrown);
      assert.equal(REFUSED(error), stage !== worker, `${worker} reports ${stage}`);
    }
    for (const [bucket, writers] of Object.entries(buckets)) {
      const put = jetstream.publish(`$KV.${bucket}.key`, "{}");
      if (writers.includes(worker)) await put;
      else await assert.rejects(put, REFUSED, `${worker} writes ${bucket}`);
    }
  }
});

test("only the operator can listen to replies for others", async () => {
  for (const user of ["gateway", ...WORKERS] as const) {
    for (const other of NATS_USERS.filter((candidate) => candidate !== user)) {
      await assert.rejects(subscribed(busOf(user), `${inboxPrefix(other)}.>`), REFUSED);
    }
    await assert.rejects(subscribed(busOf(user), ">"), REFUSED);
  }
  await subscribed(busOf("operator"), ">");
});

/** Resolves when the server has accepted a subscription. */
async function subscribed({ connection }: Bus, subject: string): Promise<void> {
  const refused = new Promise<never>((_resolve, reject) => {
    connection.subscribe(subject, { callback: (error) => error && reject(error) });
  });
  await Promise.race([refused, connection.flush()]);
}

test("the operator can read everything and change nothing", async () => {
  const { manager, jetstream, connection } = busOf("operator");
  const received = new Promise<Msg>((resolve) => {
    connection.subscribe("dm.v1.cancel.*", { callback: (_error, message) => resolve(message) });
  });
  await connection.flush();
  busOf("gateway").connection.publish("dm.v1.cancel.some-job");
  assert.equal((await received).subject, "dm.v1.cancel.some-job");
  const { config } = await manager.streams.info(workStream("depth"));
  assert.equal(config.max_msgs_per_subject, 10);
  await (await bindBuckets(busOf("gateway"))).jobs.put("some-job", "{}");
  const { jobs } = await bindBuckets(busOf("operator"));
  const keys: string[] = [];
  for await (const key of await jobs.keys()) keys.push(key);
  assert.deepEqual(keys, ["some-job"]);
  await assert.rejects(jobs.put("some-job", "{}"), REFUSED);
  await assert.rejects(jetstream.publish(workSubject("depth", "normal"), "{}"), REFUSED);
  await assert.rejects(manager.streams.purge(workStream("render")), REFUSED);
});

test("nobody but the gateway sees the secrets of webhooks", async () => {
  const { webhooks } = await bindBuckets(busOf("gateway"));
  const seen: string[] = [];
  const listen = (subject: string) =>
    busOf("operator").connection.subscribe(subject, {
      callback: (_error, { data }) => seen.push(Buffer.from(data).toString()),
    });
  listen(">");
  await busOf("operator").connection.flush();
  await webhooks.put("some-webhook", "whsec_secret");
  assert.equal((await webhooks.get("some-webhook"))?.string(), "whsec_secret");
  // What the server sends after this has come when this has.
  await busOf("gateway").connection.publish("dm.v1.cancel.last", "last");
  await busOf("gateway").connection.flush();
  await eventually("the last message is seen", () => seen.includes("last"));
  assert.deepEqual(
    seen.filter((text) => text.includes("whsec")),
    [],
  );
  for (const user of [...WORKERS, "operator"] as const) {
    const theirs = (await bindBuckets(busOf(user))).webhooks;
    await assert.rejects(theirs.get("some-webhook"), REFUSED, user);
    await assert.rejects(theirs.watch(), REFUSED, user);
    await assert.rejects(
      busOf(user).manager.streams.getMessage("KV_dm_webhooks", { seq: 1 }),
      REFUSED,
      user,
    );
  }
});

test("a wrong password is refused with a clear error", async () => {
  const url = server.urlFor("depth").replace(/:p[0-9a-f]+@/, ":wrong@");
  await assert.rejects(connectBus(url, "stranger", log), { code: "AUTHORIZATION_VIOLATION" });
});

test("a new queue limit changes the existing stream", async () => {
  const bus = busOf("gateway");
  await ensureTopology(bus, { leaseMs: 3_000, queueLimit: 20 });
  const { config } = await bus.manager.streams.info(workStream("depth"));
  assert.equal(config.max_msgs_per_subject, 20);
  const consumer = await bus.manager.consumers.info(
    workStream("encode"),
    workConsumer("encode", "low"),
  );
  assert.equal(consumer.config.ack_wait, 3_000 * 1e6);
});

test("the embedded server syncs each write, or reports that its version cannot", async () => {
  const options = { folder: join(folder, "syncing"), sync: "always" } as const;
  if (await isOld()) {
    await assert.rejects(NatsServer.start(options), /needs nats-server 2\.10/);
    return;
  }
  const syncing = await NatsServer.start(options);
  await syncing.stop();
});

test("a server with deploy/nats.conf starts, checks passwords and accepts the topology", async () => {
  const { server: child, url } = await startDeployed(join(folder, "deployed"));
  try {
    const bus = await connectBus(url("gateway"), "test", log);
    await ensureTopology(bus, { leaseMs: 30_000, queueLimit: 10_000 });
    assert.equal(bus.connection.info?.max_payload, 256 * 1024);
    await bus.close();
    const depth = await connectBus(url("depth"), "test", log);
    const order = depth.jetstream.publish(workSubject("encode", "normal"), "{}");
    await assert.rejects(order, REFUSED);
    await depth.close();
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
});

/** Whether nats-server is older than 2.10. */
async function isOld(): Promise<boolean> {
  const { stdout } = await promisify(execFile)("nats-server", ["--version"]);
  return /v2\.[0-9]\./.test(stdout);
}

/** The deployed configuration, but on free ports, with its store in `into`, for old servers too. */
async function startDeployed(
  into: string,
): Promise<{ server: ChildProcess; url: (user: NatsUser) => string }> {
  const portsFolder = emptyPortsFolder(into);
  await copyFile(packagePath("deploy", "nats-users.conf"), join(into, "nats-users.conf"));
  const conf = await readFile(packagePath("deploy", "nats.conf"), "utf8");
  assert.match(conf, /^ {2}sync_interval: always$/m);
  const known = (await isOld()) ? conf.replace("sync_interval: always", "") : conf;
  const here = known.replace(
    "store_dir: /data",
    `store_dir: ${JSON.stringify(join(into, "store"))}`,
  );
  await writeFile(join(into, "nats.conf"), here);
  const passwords = await madePasswords();
  const logFile = join(into, "nats.log");
  const address = ["-a", "127.0.0.1", "-p", "-1", "-m", "-1", "--ports_file_dir", portsFolder];
  const command = ["-c", join(into, "nats.conf"), ...address, "-l", logFile];
  const env = childEnvironment(passwords);
  const server = spawn("nats-server", command, { stdio: "ignore", env });
  const listening = await listeningAddress(server, portsFolder, logFile);
  const passwordOf = (user: NatsUser) => passwords[`DEPTHMESH_NATS_${user.toUpperCase()}_PASSWORD`];
  return { server, url: (user) => `nats://${user}:${passwordOf(user)}@${listening}` };
}

/** The passwords that deploy/make-passwords prints. */
async function madePasswords(): Promise<Record<string, string>> {
  const { stdout } = await promisify(execFile)(packagePath("deploy", "make-passwords"));
  const lines = stdout.trim().split("\n");
  return Object.fromEntries(lines.map((line) => line.split("=") as [string, string]));
}
