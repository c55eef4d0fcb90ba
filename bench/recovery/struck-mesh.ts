/** A mesh with a short lease whose processes a bench kills, and access to its job records. */
import { pause } from "../../kit/async/delay.js";
import { createLog } from "../../kit/log.js";
import { type Bus, connectBus } from "../../kit/nats/connect.js";
import type { ServiceName } from "../../launcher/child.js";
import type { Mesh } from "../../launcher/mesh.js";
import type { MeshOptions } from "../../launcher/mesh-options.js";
import { KvJobStore } from "../../pipeline/record/kv-store.js";
import type { Lease } from "../../pipeline/record/stage-record.js";
import type { JobStore } from "../../pipeline/record/store.js";
import type { Stage } from "../../pipeline/stages.js";
import { bindBuckets } from "../../pipeline/topology/mesh-state.js";
import { descendants } from "../../testing/process-facts.js";
import { type Figure, figuresOf } from "../../testing/report-lines.js";
import { median } from "../../testing/statistics.js";
import { type BenchMesh, startBenchMesh } from "../bench-mesh.js";

/** Also the ack wait of the consumers. */
export const LEASE_MS = 2_000;
const POLL_MS = 20;
const SETTLE_TIMEOUT_MS = 60_000;

export interface StruckMesh extends BenchMesh {
  readonly store: JobStore;
}

export async function startStruckMesh(
  options: Pick<MeshOptions, Stage> & Pick<MeshOptions, "environment">,
): Promise<StruckMesh> {
  const bench = await startBenchMesh({
    ...options,
    environment: { DEPTHMESH_LEASE_MS: String(LEASE_MS), ...options.environment },
  });
  const { bus, store } = await openStore(bench.mesh);
  const stop = async () => {
    await bus.close();
    await bench.stop();
  };
  return { ...bench, store, stop };
}

/** A new connection to the records as the gateway's NATS user, which may watch all of them. */
export async function openStore(mesh: Mesh): Promise<{ bus: Bus; store: JobStore }> {
  const log = createLog("error", { service: "bench", worker: "bench" });
  const bus = await connectBus(mesh.natsUrlFor("gateway"), "bench", log);
  const { jobs } = await bindBuckets(bus);
  return { bus, store: new KvJobStore(jobs, bus) };
}

/** The id in the name `jobs/ID`. */
export function idOf(name: string): string {
  return name.slice("jobs/".length);
}

/**
 * Waits for a lease of the stage whose token is not `except`; undefined when the stage or the job
 * ends first.
 */
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

/** Waits until all processes of the services run and none of them is the killed one. */
export async function untilComplete(
  mesh: Mesh,
  services: readonly ServiceName[],
  killed: number,
): Promise<void> {
  const deadlineMs = Date.now() + SETTLE_TIMEOUT_MS;
  const pids = () => services.flatMap((service) => mesh.children(service).map(({ pid }) => pid));
  for (;;) {
    const living = (await descendants(process.pid)).map(({ pid }) => pid);
    const complete = pids().every((pid) => pid !== killed && pid && living.includes(pid));
    if (complete) return;
    if (Date.now() > deadlineMs) throw new Error("a killed process was not started again");
    await pause(POLL_MS);
  }
}

/** Calls `holds` every 20 ms until it returns true; returns that time by performance.now(). */
export async function momentOf(holds: () => Promise<boolean>): Promise<number> {
  const deadlineMs = performance.now() + SETTLE_TIMEOUT_MS;
  while (!(await holds())) {
    if (performance.now() > deadlineMs)
      throw new Error("the condition did not hold within a minute");
    await pause(POLL_MS);
  }
  return performance.now();
}

/** Figures of a case in seconds: the median and the worst value. */
export function* medianAndWorst(
  where: string,
  metric: string,
  seconds: readonly number[],
): Generator<Figure> {
  const figure = figuresOf("recovery", where);
  yield figure(`${metric}, median`, median(seconds), "s");
  yield figure(`${metric}, worst`, Math.max(...seconds), "s");
}
