/** What a mesh costs while nobody asks it for anything. */

import { DepthmeshClient } from "../../client/client.js";
import { pause } from "../../kit/async/delay.js";
import type { Mesh } from "../../launcher/mesh.js";
import { PROBE_EVERY_MS } from "../../launcher/supervised.js";
import { untilEncodersKnown } from "../../testing/mesh/fixture.js";
import { descendants, processTimes } from "../../testing/process-facts.js";
import { SERVICES } from "./service-start.js";

const IDLE_SECONDS = 20;
/**
 * What follows the start and the trials of the encoders: timers that wait for their first time. The
 * first health checks compile code that runs for nothing else, 600 ms in all processes.
 */
const SETTLE_MS = 2.5 * PROBE_EVERY_MS;

/** Processor milliseconds per second by process, the supervisor's being those of this process. */
export async function idleCosts(mesh: Mesh): Promise<ReadonlyMap<string, number>> {
  const client = new DepthmeshClient(mesh.address);
  await untilEncodersKnown(client).finally(() => client.close());
  await pause(SETTLE_MS);
  const before = await times(mesh);
  const startedAtMs = performance.now();
  await pause(1000 * IDLE_SECONDS);
  const after = await times(mesh);
  const seconds = (performance.now() - startedAtMs) / 1000;
  return new Map(
    [...after].map(([name, ms]) => [name, (ms - (before.get(name) ?? 0)) / seconds] as const),
  );
}

/** Milliseconds since each process began, with its children. */
async function times(mesh: Mesh): Promise<ReadonlyMap<string, number>> {
  const ofTree = async (name: string, pid: number) => {
    const pids = [pid, ...(await descendants(pid)).map((child) => child.pid)];
    const all = await Promise.all(pids.map(processTimes));
    const seconds = all.reduce((sum, each) => sum + each.ownSeconds + each.childrenSeconds, 0);
    return [name, 1000 * seconds] as const;
  };
  const services = SERVICES.map((service) => ofTree(service, mesh.children(service)[0]?.pid ?? 0));
  const processes = await Promise.all([...services, ofTree("nats-server", mesh.nats.pid ?? 0)]);
  const { user, system } = process.cpuUsage();
  return new Map([...processes, ["supervisor", (user + system) / 1000]]);
}
