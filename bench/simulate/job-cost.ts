/** The processor time of one job of a mesh, by service. */
import type { ServiceName } from "../../launcher/child.js";
import type { Mesh } from "../../launcher/mesh.js";
import { processTimes } from "../../testing/process-facts.js";
import { mainThreadCpuMs, threadTimes } from "../../testing/thread-cpu.js";
import { roleTimes } from "../budget/roles.js";

/** Processor milliseconds, with children that have ended. */
export interface ServiceCost {
  /** Time of the wall. */
  readonly wall: number;
  readonly gateway: number;
  /** Of the gateway: its main thread. The catalogue has a thread of its own. */
  readonly gatewayMain: number;
  readonly depth: number;
  readonly render: number;
  /** Of render: the thread that calls GL. */
  readonly renderSerial: number;
  readonly encode: number;
  readonly nats: number;
}

const NAMES = [
  ...(["wall", "gateway", "gatewayMain", "depth"] as const),
  ...(["render", "renderSerial", "encode", "nats"] as const),
] as const;

/** What `run` costs. */
export async function costOf(mesh: Mesh, run: () => Promise<unknown>): Promise<ServiceCost> {
  const before = await sample(mesh);
  await run();
  return combine(await sample(mesh), before, (after, start) => after - start);
}

/** Applies a function to each service's values of two costs. */
export function combine(
  a: ServiceCost,
  b: ServiceCost,
  each: (a: number, b: number) => number,
): ServiceCost {
  const values = NAMES.map((name) => [name, each(a[name], b[name])] as const);
  return Object.fromEntries(values) as Record<(typeof NAMES)[number], number>;
}

async function sample(mesh: Mesh): Promise<ServiceCost> {
  const pids = (service: ServiceName) => mesh.children(service).map(({ pid }) => pid ?? 0);
  const [gateway, depth, render, encode, nats, serial] = await Promise.all([
    totalMs(pids("gateway")),
    totalMs(pids("depth")),
    totalMs(pids("render")),
    totalMs(pids("encode")),
    totalMs([mesh.nats.pid ?? 0]),
    serialMs(pids("render")),
  ]);
  const gatewayMain = pids("gateway").reduce((sum, pid) => sum + mainThreadCpuMs(pid), 0);
  const wall = performance.now();
  return { wall, gateway, gatewayMain, depth, render, renderSerial: serial, encode, nats };
}

async function totalMs(pids: readonly number[]): Promise<number> {
  let sum = 0;
  for (const pid of pids) {
    const { ownSeconds, childrenSeconds } = await processTimes(pid);
    sum += 1000 * (ownSeconds + childrenSeconds);
  }
  return sum;
}

async function serialMs(pids: readonly number[]): Promise<number> {
  let sum = 0;
  for (const pid of pids) {
    const { ownSeconds } = await processTimes(pid);
    sum += roleTimes(await threadTimes(pid), 1000 * ownSeconds).glCaller;
  }
  return sum;
}
