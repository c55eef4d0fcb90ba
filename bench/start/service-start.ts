/** What the start of a single service costs, beside a nats-server and a gateway that run. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ServiceChild, type ServiceName } from "../../launcher/child.js";
import { FREE_PORTS } from "../../launcher/gateway-ports.js";
import { NatsServer } from "../../launcher/nats-server.js";
import { eventually, succeeds } from "../../testing/eventually.js";
import { processTimes } from "../../testing/process-facts.js";
import { median } from "../../testing/statistics.js";

const RUNS = 3;
const STOP_GRACE_MS = 20_000;
export const SERVICES: readonly ServiceName[] = ["gateway", "depth", "render", "encode"];

export interface StartCost {
  /** Processor time until its modules are loaded, with that of Node itself. */
  readonly importSeconds: number;
  /** Processor time until it serves, with that of its children that have ended. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

/** The medians of several starts. Files are in `folder`. */
export async function startCosts(folder: string): Promise<ReadonlyMap<ServiceName, StartCost>> {
  const nats = await NatsServer.start({ folder: join(folder, "nats") });
  let gateway: ServiceChild | undefined;
  const childOf = (service: ServiceName, changes: Record<string, string> = {}) =>
    new ServiceChild({
      service,
      log: "inherit",
      environment: {
        ...FREE_PORTS,
        DEPTHMESH_NATS_URL: nats.urlFor(service),
        DEPTHMESH_GATEWAY: gateway?.addressOf("internal") ?? "127.0.0.1:1",
        DEPTHMESH_BLOBS: join(folder, "blobs"),
        DEPTHMESH_TRACES: join(folder, "traces"),
        DEPTHMESH_LOG: "warn",
        ...changes,
      },
    });
  try {
    const costs = new Map<ServiceName, StartCost>();
    for (const service of SERVICES) {
      const runs: StartCost[] = [];
      for (let run = 0; run < RUNS; run++) {
        const importSeconds = await importCost(childOf(service, { DEPTHMESH_PORT: "none" }));
        const child = childOf(service);
        try {
          runs.push({ importSeconds, ...(await startCost(child)) });
        } finally {
          await child.stop(STOP_GRACE_MS);
        }
      }
      const of = (name: keyof StartCost) => median(runs.map((cost) => cost[name]));
      costs.set(service, {
        importSeconds: of("importSeconds"),
        cpuSeconds: of("cpuSeconds"),
        wallSeconds: of("wallSeconds"),
      });
      if (service !== "gateway") continue;
      gateway = childOf(service);
      await gateway.start();
    }
    return costs;
  } finally {
    await gateway?.stop(STOP_GRACE_MS);
    await nats.stop();
  }
}

/**
 * A child with a wrong setting ends when it reads its settings: after its modules are loaded. Its
 * time is known when it has ended and was waited for.
 */
async function importCost(child: ServiceChild): Promise<number> {
  const before = await processTimes(process.pid);
  const starting = child.start();
  const { pid } = child;
  const served = await succeeds(starting);
  if (served || pid === undefined) throw new Error("a service with a wrong setting serves");
  await eventually("the service has ended", () => !existsSync(`/proc/${pid}`));
  const after = await processTimes(process.pid);
  return after.childrenSeconds - before.childrenSeconds;
}

async function startCost(child: ServiceChild): Promise<Omit<StartCost, "importSeconds">> {
  const startedAtMs = performance.now();
  await child.start();
  const wallSeconds = (performance.now() - startedAtMs) / 1000;
  const { ownSeconds, childrenSeconds } = await processTimes(child.pid ?? 0);
  return { wallSeconds, cpuSeconds: ownSeconds + childrenSeconds };
}
