/**
 * A mesh on three nats-servers with three copies of everything: each server is killed in turn and
 * comes back, and one of them without its store, while jobs run. None is lost, none is made twice,
 * no order is dropped by a record that a server did not have yet, and watches go on. Clients and
 * servers speak TLS.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { labelName, prometheusName } from "../kit/telemetry/prometheus-names.js";
import { AUTHORITY, filesOf, type MemberName } from "../launcher/certificates/certificate-set.js";
import { makeCertificateSet } from "../launcher/certificates/make-set.js";
import { KvJobStore } from "../pipeline/record/kv-store.js";
import { isTerminal } from "../pipeline/record/record.js";
import { ensureTopology } from "../pipeline/topology/ensure-topology.js";
import { bindBuckets } from "../pipeline/topology/mesh-state.js";
import { JOBS_BUCKET, workStream } from "../pipeline/topology/names.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { eventually } from "../testing/eventually.js";
import {
  allEvents,
  type Fixture,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEncodersKnown,
} from "../testing/mesh/fixture.js";
import { NatsCluster } from "../testing/servers/nats-cluster.js";

/** Longer than the choice of a new leader, as every lease of a cluster has to be. */
const LEASE_MS = 15_000;
const IN_FLIGHT = 3;

const folder = mkdtempSync(join(tmpdir(), "depthmesh-cluster-"));
const certificates = join(folder, "certificates");
const log = createLog("silent", { service: "test", worker: "test" });
let cluster: NatsCluster;
let fixture: Fixture;
let bus: Bus;

/** The files that a member of the mesh shows and trusts. */
function certificatesOf(name: MemberName) {
  const { certificate: cert, key } = filesOf(certificates, name);
  return { ca: filesOf(certificates, AUTHORITY).certificate, cert, key };
}

before(async () => {
  await makeCertificateSet({ folder: certificates, days: 2 });
  cluster = await NatsCluster.start({
    folder,
    certificates: certificatesOf("nats"),
    clientAdvertise: "198.51.100.1:4222",
  });
  fixture = await startFixture({
    metricsPort: 0,
    environment: {
      DEPTHMESH_NATS_REPLICAS: "3",
      DEPTHMESH_LEASE_MS: String(LEASE_MS),
      DEPTHMESH_MAINTENANCE_MS: "5000",
    },
    environmentFor: ({ service }, settings) => {
      const { ca, cert, key } = certificatesOf(service === "gateway" ? "gateway" : "worker");
      return {
        ...settings,
        DEPTHMESH_NATS_URL: cluster.urlFor(service),
        ...{ DEPTHMESH_NATS_CA: ca, DEPTHMESH_NATS_CERT: cert, DEPTHMESH_NATS_KEY: key },
      };
    },
  });
  bus = await connectBus(cluster.urlFor("gateway"), "test", log, certificatesOf("gateway"));
  await untilEncodersKnown(fixture.client);
});
after(async () => {
  await bus?.close();
  await fixture?.close();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Jobs, some at a time, until it is told to stop; each is followed by one watch to its end. */
class JobStream {
  readonly names = new Map<string, string>();
  ended = 0;
  failure: unknown;
  #stopped = false;
  readonly #loops: Promise<void>[];

  constructor() {
    this.#loops = Array.from({ length: IN_FLIGHT }, (_, index) => this.#run(index));
    for (const loop of this.#loops) {
      loop.catch((error: unknown) => {
        this.failure = error;
      });
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #run(index: number): Promise<void> {
    for (let count = 0; !this.#stopped; count++) {
      const requestId = `cluster-${index}-${count}`;
      const name = await create(requestId);
      this.names.set(requestId, name);
      const states: JobState[] = [];
      for await (const { kind } of fixture.client.watchJob(name, 0, AbortSignal.timeout(80_000))) {
        if (kind?.$case === "stateChange") states.push(kind.value.state);
      }
      assert.equal(states.at(-1), JobState.JOB_STATE_SUCCEEDED, `${name}: ${states}`);
      this.ended += 1;
    }
  }
}

/** Repeats a refused call, as its RetryInfo says; with its id it makes one job. */
function create(requestId: string): Promise<string> {
  return eventually(
    `the request ${requestId} is accepted`,
    async () => {
      try {
        const files = { photo: SAMPLE };
        return (await fixture.client.createJobFromFiles(smallSpec(), files, requestId)).name;
      } catch (error) {
        assert.match(String((error as { reason?: string }).reason), /UNAVAILABLE/);
        return undefined;
      }
    },
    60_000,
  );
}

interface Member {
  readonly current: boolean;
  readonly offline?: boolean;
}

/** Every stream has a leader and two others that have all of it. */
async function isWhole(): Promise<boolean> {
  try {
    const streams = await bus.manager.streams.list().next();
    return (
      streams.length > 10 &&
      streams.every(({ cluster: members }) => {
        const others: readonly Member[] = members?.replicas ?? [];
        return (
          members?.leader &&
          others.length === 2 &&
          others.every((one) => one.current && !one.offline)
        );
      })
    );
  } catch {
    return false;
  }
}

const untilWhole = () => eventually("every stream has three copies", isWhole, 60_000);

test("every stream, bucket and consumer has three copies", async () => {
  await untilWhole();
  for (const stream of [workStream("depth"), `KV_${JOBS_BUCKET}`, "KV_dm_fleet", "DM_EVENTS"]) {
    const { config } = await bus.manager.streams.info(stream);
    assert.equal(config.num_replicas, 3, stream);
  }
  const consumers = await bus.manager.consumers.list(workStream("encode")).next();
  assert.deepEqual(
    consumers.map(({ cluster: members }) => members?.replicas?.length),
    [2, 2, 2],
  );
});

test("addresses that the cluster announces are not called", () => {
  assert.match(String(bus.connection.info?.connect_urls), /198\.51\.100\.1:4222/);
  assert.match(bus.connection.getServer(), /^127\.0\.0\.1:/);
});

test("each server killed in turn, and one without its store: no job is lost, doubled or late", async () => {
  const jobs = new JobStream();
  const untilMore = async (what: string) => {
    const before = jobs.ended;
    await eventually(what, () => jobs.failure !== undefined || jobs.ended > before, 60_000);
    if (jobs.failure !== undefined) throw jobs.failure;
  };
  await untilMore("a job ends in a whole cluster");
  for (let index = 0; index < cluster.size; index++) {
    await cluster.kill(index);
    await untilMore(`a job ends without server ${index}`);
    if (index === 0) await cluster.wipe(index);
    await cluster.startNode(index);
    await untilWhole();
  }
  await jobs.stop();
  const { names } = jobs;
  assert.ok(names.size >= 4, `${names.size} jobs`);
  for (const [requestId, name] of names) {
    const job = await fixture.client.getJob(name);
    assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, job.error?.message);
    assert.equal(await create(requestId), name, "a request makes one job");
  }
  // The event of the last job's end is told when it is known to be kept.
  const endsOf = async () => (await allEvents(bus)).filter(isTerminal).map(({ job }) => job);
  await eventually("each end is told", async () => (await endsOf()).length >= names.size);
  const ended = [...names.values()].map((name) => name.replace("jobs/", ""));
  assert.deepEqual((await endsOf()).sort(), ended.sort());
  assert.equal((await fixture.client.listJobs(200, "")).jobs.length, names.size);
  const dropped = await outcomes();
  assert.ok((dropped.get("taken") ?? 0) >= 3 * names.size, "outcomes are counted");
  assert.equal(dropped.get("unknown") ?? 0, 0, "no order is of no job");
  assert.equal(dropped.get("early") ?? 0, 0, "no order comes before its input");
  const store = new KvJobStore((await bindBuckets(bus)).jobs, bus);
  let begunAgain = 0;
  for (const id of ended) {
    const generation = (await store.read(id))?.record.generation ?? 1;
    begunAgain += Math.max(0, generation - 1);
  }
  // A renderer that lost its lease makes the orders of its generation stale, rightly.
  assert.ok((dropped.get("stale") ?? 0) <= begunAgain, `${dropped.get("stale")} of ${begunAgain}`);
});

/** How many orders the workers have taken, dropped and so on, by `depthmesh.order.outcome`. */
async function outcomes(): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const name = prometheusName("messaging.client.consumed.messages");
  const label = new RegExp(
    `^${name}\\{.*${labelName("depthmesh.order.outcome")}="(\\w+)".*\\} (\\d+)`,
    "gm",
  );
  for (const { service, address } of fixture.mesh.metrics) {
    if (service === "gateway") continue;
    const text = await (await fetch(`http://${address}/metrics`)).text();
    for (const [, outcome = "", count] of text.matchAll(label)) {
      counts.set(outcome, (counts.get(outcome) ?? 0) + Number(count));
    }
  }
  return counts;
}

test("streams of one copy get more when the setting rises, and keep what they hold", async () => {
  const files = certificatesOf("gateway");
  const single = await connectBus(cluster.urlFor("gateway", 0), "test", log, files);
  const buckets = await bindBuckets(single);
  const revision = await buckets.jobs.put("kept", "{}");
  await single.manager.streams.update(`KV_${JOBS_BUCKET}`, { num_replicas: 1 });
  await ensureTopology(single, {
    ...{ leaseMs: LEASE_MS, queueLimit: 10_000 },
    copies: { replicas: 3, placementTags: [] },
  });
  await untilWhole();
  assert.equal((await buckets.jobs.get("kept"))?.revision, revision);
  await buckets.jobs.delete("kept");
  await single.close();
});
