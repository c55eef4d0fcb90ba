/**
 * A whole mesh for one test file: a real nats-server, real service processes, a temporary data
 * folder.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AdminClient } from "../../client/admin-client.js";
import type { ConnectOptions } from "../../client/channel.js";
import { DepthmeshClient } from "../../client/client.js";
import { createLog } from "../../kit/log.js";
import { type Bus, connectBus } from "../../kit/nats/connect.js";
import { packagePath } from "../../kit/process/package-path.js";
import { DEFAULT_TENANT } from "../../kit/rpc/identity.js";
import type { ServiceName } from "../../launcher/child.js";
import { Mesh } from "../../launcher/mesh.js";
import type { MeshOptions } from "../../launcher/mesh-options.js";
import { newId } from "../../pipeline/record/id.js";
import type { JobEvent } from "../../pipeline/record/job-events.js";
import { KvJobStore } from "../../pipeline/record/kv-store.js";
import type { Lease } from "../../pipeline/record/stage-record.js";
import type { JobStore } from "../../pipeline/record/store.js";
import { type Buckets, bindBuckets } from "../../pipeline/topology/mesh-state.js";
import { EVENTS_STREAM } from "../../pipeline/topology/names.js";
import type { Job } from "../../proto/gen/depthmesh/v1/job.js";
import { CachePolicy, JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { clientRequest } from "../../services/gateway/upload/request-ids.js";

export const SAMPLE = packagePath("samples", "coffee.png");

/** Short, so that a test does not wait long until another worker takes a stage over. */
export const TEST_LEASE_MS = 2_000;

/** How many characters of a mesh's log are shown when it does not start. */
const LAST_WORDS = 4_000;

export interface Fixture {
  readonly mesh: Mesh;
  readonly client: DepthmeshClient;
  readonly admin: AdminClient;
  readonly folder: string;
  close(): Promise<void>;
}

export async function startFixture(workers: Partial<MeshOptions> = {}): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-test-"));
  const log = join(folder, "data", "mesh.log");
  const mesh = await Mesh.start({
    data: join(folder, "data"),
    depth: 1,
    render: 1,
    encode: 1,
    port: 0,
    logs: "file",
    ...workers,
    environment: {
      DEPTHMESH_LEASE_MS: String(TEST_LEASE_MS),
      DEPTHMESH_DRAIN_MS: "1000",
      // Results must not depend on the models that the user has installed.
      DEPTHMESH_MODELS: join(folder, "models"),
      // The renderer starts its own display, which tests can kill.
      DISPLAY: "",
      ...workers.environment,
    },
  }).catch(async (error) => {
    // The log goes with the folder.
    if (existsSync(log)) console.error(readFileSync(log, "utf8").slice(-LAST_WORDS));
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const channel = channelTo(mesh);
  const client = new DepthmeshClient(mesh.address, channel);
  const admin = new AdminClient(mesh.adminAddress, channel);
  const close = async () => {
    client.close();
    admin.close();
    await mesh.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { mesh, client, admin, folder, close };
}

/** How a caller connects to a mesh; over TLS if the mesh has certificates. */
export function channelTo({ access: { tls } }: Mesh): ConnectOptions {
  if (!tls) return {};
  const rootCertificates = tls.ca === undefined ? undefined : readFileSync(tls.ca);
  return { tls: { rootCertificates, serverName: tls.serverName } };
}

/** A small clip that renders quickly in software, and never comes from the cache. */
export function smallSpec(preset = "circle"): JobSpec {
  return JobSpec.fromPartial({
    camera: { preset },
    clip: {
      durationSeconds: 1,
      frameRate: { numerator: 12, denominator: 1 },
      width: 320,
      height: 214,
    },
    cachePolicy: CachePolicy.CACHE_POLICY_BYPASS,
  });
}

/** A clip that renders for many seconds, to be interrupted; it never comes from the cache. */
export function longSpec(): JobSpec {
  return JobSpec.fromPartial({
    clip: {
      durationSeconds: 10,
      frameRate: { numerator: 30, denominator: 1 },
      width: 640,
      height: 426,
    },
    cachePolicy: CachePolicy.CACHE_POLICY_BYPASS,
  });
}

/** Waits until an encode worker has tested its encoders. */
export async function untilEncodersKnown(client: DepthmeshClient): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  // Each call waits for the first worker.
  while ((await client.listEncoders()).encoders.length === 0) {
    assert.ok(performance.now() < deadlineMs, "no worker has tested its encoders within a minute");
  }
}

/** Follows a job to its end and returns it. */
export async function untilEnded(client: DepthmeshClient, name: string): Promise<Job> {
  for await (const _ of client.watchJob(name, 0, AbortSignal.timeout(120_000))) {
    // The stream ends after the terminal state.
  }
  return client.getJob(name);
}

/** The process id of the first process of a service. */
export function pidOf(mesh: Mesh, service: ServiceName): number {
  return mesh.children(service)[0]?.pid ?? assert.fail(`${service} does not run`);
}

/** The process id in the name of a worker, which ends with it and four random characters. */
export function workerPid({ worker }: Pick<Lease, "worker">): number {
  return Number(worker.split("-").at(-2));
}

/** Waits until a stage has made this much progress. */
export async function untilProgress(
  client: DepthmeshClient,
  name: string,
  stage: "depth" | "render" | "encode",
  fraction: number,
): Promise<void> {
  for await (const { kind } of client.watchJob(name, 0, AbortSignal.timeout(60_000))) {
    if (kind?.$case === "progress" && kind.value[stage] >= fraction) return;
  }
  throw new Error(`the job ended before ${stage} reached ${fraction}`);
}

/** An upload of one chunk. */
export async function* upload(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/**
 * Access to a mesh as its gateway has it, to inspect records or to leave them in a certain state.
 */
export interface MeshBus {
  readonly bus: Bus;
  readonly buckets: Buckets;
  readonly store: JobStore;
}

export async function connectToMesh(mesh: Mesh): Promise<MeshBus> {
  const log = createLog("silent", { service: "test", worker: "test" });
  const bus = await connectBus(mesh.natsUrlFor("gateway"), "test", log);
  const buckets = await bindBuckets(bus);
  return { bus, buckets, store: new KvJobStore(buckets.jobs, bus) };
}

/**
 * Changes a request to the state that a gateway leaves when it dies after claiming the request: the
 * claim names a job that was never created. Returns the id of that job.
 */
export async function unmakeClaim({ buckets }: MeshBus, requestId: string): Promise<string> {
  const key = clientRequest(DEFAULT_TENANT, requestId);
  const claim = await buckets.requests.get(key);
  assert.ok(claim, `the request ${requestId} has a claim`);
  const job = newId();
  await buckets.requests.put(key, JSON.stringify({ ...claim.json<object>(), job }));
  return job;
}

/** All job events, oldest first. */
export async function allEvents(bus: Bus): Promise<JobEvent[]> {
  const { state } = await bus.manager.streams.info(EVENTS_STREAM);
  const events: JobEvent[] = [];
  for (let seq = state.first_seq; seq > 0 && seq <= state.last_seq; seq++) {
    const message = await bus.manager.streams.getMessage(EVENTS_STREAM, { seq });
    events.push(message.json<JobEvent>());
  }
  return events;
}
