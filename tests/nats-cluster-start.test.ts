/**
 * A gateway that starts on three nats-servers: it waits while too few are there, says for what, and
 * puts the copies where `DEPTHMESH_NATS_PLACEMENT` says.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { NatsServer } from "../launcher/nats-server.js";
import { type GatewayTopology, stateOfGateway } from "../pipeline/topology/ensure-topology.js";
import { eventually } from "../testing/eventually.js";
import { NatsCluster } from "../testing/servers/nats-cluster.js";

const SETTINGS: GatewayTopology = {
  ...{ leaseMs: 15_000, queueLimit: 10 },
  ...{ natsReplicas: "3", natsPlacement: "" },
};
/** The tag of the last server. */
const TAG = "disk-fast";
const LAST = 2;

const folder = mkdtempSync(join(tmpdir(), "depthmesh-cluster-"));
const lines: string[] = [];
const to = { write: (line: string) => void lines.push(JSON.parse(line).msg) };
const log = createLog("warn", { service: "test", worker: "test" }, { to });
let cluster: NatsCluster;

before(async () => {
  cluster = await NatsCluster.start({
    folder,
    tagsOf: (index) => (index === LAST ? [TAG] : []),
  });
});
beforeEach(() => {
  lines.length = 0;
});
after(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const untilSaid = (what: RegExp) =>
  eventually(`it says ${what}`, () => lines.some((line) => what.test(line)));

/** Where each stream has its copies. */
async function placesOf({ manager }: Bus): Promise<string[][]> {
  const streams = await manager.streams.list().next();
  return streams.map(({ cluster: members }) => [
    members?.leader ?? "",
    ...(members?.replicas ?? []).map(({ name }) => name),
  ]);
}

test("the gateway waits while too few servers are there", async () => {
  await cluster.kill(1);
  await cluster.kill(2);
  const gateway = await connectBus(cluster.urlFor("gateway"), "test", log);
  try {
    const state = stateOfGateway(gateway, SETTINGS);
    await untilSaid(/^waiting for NATS: (JetStream has no leader|the cluster has)/);
    await Promise.all([cluster.startNode(1), cluster.startNode(2)]);
    assert.deepEqual(await (await state).store.ids(), []);
    for (const places of await placesOf(gateway)) assert.equal(places.length, 3);
  } finally {
    await gateway.close();
  }
});

test("copies lie on servers with the tags of DEPTHMESH_NATS_PLACEMENT only", async () => {
  const gateway = await connectBus(cluster.urlFor("gateway"), "test", log);
  try {
    for (const { config } of await gateway.manager.streams.list().next()) {
      await gateway.manager.streams.delete(config.name);
    }
    const natsPlacement = TAG;
    await stateOfGateway(gateway, { ...SETTINGS, natsReplicas: "1", natsPlacement });
    const places = await placesOf(gateway);
    assert.ok(places.length > 10);
    assert.deepEqual(new Set(places.flat()), new Set([cluster.nameOf(LAST)]));
    const waiting = stateOfGateway(gateway, { ...SETTINGS, natsPlacement });
    const ended = assert.rejects(waiting);
    await untilSaid(
      /^waiting for NATS: the cluster has fewer servers with the tags disk-fast than the 3 of DEPTHMESH_NATS_REPLICAS/,
    );
    await gateway.close();
    await ended;
  } finally {
    await gateway.close().catch(() => {});
  }
});

test("copies of one server that is in no cluster are refused by the setting's name", async () => {
  const alone = await NatsServer.start({ folder: join(folder, "alone") });
  const gateway = await connectBus(alone.urlFor("gateway"), "test", log);
  try {
    await assert.rejects(stateOfGateway(gateway, SETTINGS), {
      message: /^DEPTHMESH_NATS_REPLICAS is 3, but nats-server is in no cluster/,
    });
  } finally {
    await gateway.close();
    await alone.stop();
  }
});
