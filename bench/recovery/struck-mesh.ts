/** A mesh with a short lease whose processes a bench strikes, and a look at its records. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DepthmeshClient } from "../../client/client.js";
import { pause } from "../../kit/async/delay.js";
import { createLog } from "../../kit/log.js";
import { type Bus, connectBus } from "../../kit/nats/connect.js";
import type { ServiceName } from "../../launcher/child.js";
import { Mesh, type MeshOptions } from "../../launcher/mesh.js";
import { KvJobStore } from "../../pipeline/record/kv-store.js";
import type { Lease } from "../../pipeline/record/record.js";
import type { JobStore } from "../../pipeline/record/store.js";
import type { Stage } from "../../pipeline/stages.js";
import { bindBuckets } from "../../pipeline/topology/buckets.js";
import { descendants } from "../../testing/process-facts.js";

/** Also the consumers' ack wait. */
export const LEASE_MS = 2_000;
const POLL_MS = 20;
const SETTLE_TIMEOUT_MS = 60_000;

export interface StruckMesh {
  readonly mesh: Mesh;
  readonly client: DepthmeshClient;
  readonly store: JobStore;
  stop(): Promise<void>;
}

export async function startStruckMesh(
  options: Pick<MeshOptions, Stage> & Pick<MeshOptions, "environment">,
): Promise<StruckMesh> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-bench-"));
  const mesh = await Mesh.start({
    ...{ data: join(folder, "data"), port: 0, logs: "file" },
    ...options,
    environment: { DEPTHMESH_LEASE_MS: String(LEASE_MS), ...options.environment },
  });
  const client = new DepthmeshClient(mesh.address);
  const { bus, store } = await openStore(mesh);
  const stop = async () => {
    client.close();
    await bus.close();
    await mesh.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { mesh, client, store, stop };
}

/** A connection of its own to the records, with the gateway's rights: others may not watch them all. */
export async function openStore(mesh: Mesh): Promise<{ bus: Bus; store: JobStore }> {
  const log = createLog("error", { service: "bench", worker: "bench" });
  const bus = await connectBus(mesh.natsUrlFor("gateway"), "bench", log);
  const { jobs } = await bindBuckets(bus);
  return { bus, store: new KvJobStore(jobs, bus) };
}

/** `jobs/ID` without the prefix. */
export function idOf(name: string): string {
  return name.slice("jobs/".length);
}

/** The lease of a stage that is not of `except`, now or when there is one; undefined when the stage is done before. */
export async function untilLeased(
  store: JobStore,
  id: string,
  stage: Stage,
  except = "",
): Promise<Lease | undefined> {
  for await (const record of store.watch(id, AbortSignal.timeout(SETTLE_TIMEOUT_MS))) {
    const { lease, done } = record.stages[stage];
    if (lease && lease.token !== except) return lease;
    if (done || record.error) return undefined;
  }
  throw new Error(`nobody has taken ${stage} of ${id}`);
}

/** The process that holds a lease: its name ends with its process id and four characters. */
export function processOf({ worker }: Lease): number {
  return Number(worker.split("-").at(-2));
}

/** Wait until all processes of the services run, and none of them is `killed`. */
export async function untilComplete(
  mesh: Mesh,
  services: readonly ServiceName[],
  killed: number,
): Promise<void> {
  const alive = async () => (await descendants(process.pid)).map(({ pid }) => pid);
  const deadlineMs = Date.now() + SETTLE_TIMEOUT_MS;
  const pids = () => services.flatMap((service) => mesh.children(service).map(({ pid }) => pid));
  for (;;) {
    const living = await alive();
    const complete = pids().every((pid) => pid !== killed && pid && living.includes(pid));
    if (complete) return;
    if (Date.now() > deadlineMs) throw new Error("a killed process was not started again");
    await pause(POLL_MS);
  }
}

/** Resolves when `holds` gives true; it is asked every 20 ms. Returns the moment, by performance.now(). */
export async function momentOf(holds: () => Promise<boolean>): Promise<number> {
  const deadlineMs = performance.now() + SETTLE_TIMEOUT_MS;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error("waited for a minute in vain");
    await pause(POLL_MS);
  }
  return performance.now();
}
