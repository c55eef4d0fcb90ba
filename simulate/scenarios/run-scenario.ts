/** Runs a scenario: jobs come for its hours, then all that were accepted are finished. */
import { LANES, STAGES, type Stage } from "../../pipeline/stages.js";
import { randomStream } from "../engine/random.js";
import { Simulation } from "../engine/simulation.js";
import { beginArrivals } from "../load/arrivals.js";
import { chooser } from "../load/shares.js";
import type { Measured } from "../mesh/measured.js";
import { Mesh } from "../mesh/mesh.js";
import type { Pool } from "../mesh/pool.js";
import type { Durations } from "../results/durations.js";
import type { Moment, Percentiles, PoolResult, Result } from "../results/result.js";
import { clipsOf, meshOf } from "./mesh-of.js";
import { DEFAULT_PRICES, type Prices } from "./prices.js";
import type { Scenario } from "./scenario.js";

const HOUR_SECONDS = 3_600;
/** A mesh that cannot finish its jobs is given up after so many times the hours of the scenario. */
const LATEST = 10;
const MOMENTS = 200;

export interface RunOptions {
  readonly measured: Measured;
  readonly prices?: Prices;
}

export function runScenario(scenario: Scenario, { measured, prices }: RunOptions): Result {
  const simulation = new Simulation();
  const mesh = new Mesh(simulation, meshOf(scenario, measured, prices ?? DEFAULT_PRICES));
  const seconds = HOUR_SECONDS * scenario.hours;
  const chooseClip = chooser(clipsOf(scenario, measured));
  const chooseLane = chooser(LANES.map((lane) => [lane, scenario.lanes[lane]]));
  const mix = randomStream(scenario.seed, "mix");
  scenario.arrivals.forEach((arrivals, index) => {
    const random = randomStream(scenario.seed, `arrivals ${index}`);
    beginArrivals(simulation, arrivals, seconds, random, () =>
      mesh.accept(chooseClip(mix), chooseLane(mix)),
    );
  });
  const moments: Moment[] = [];
  const look = () => {
    moments.push(momentOf(mesh, simulation.nowSeconds));
    simulation.after(seconds / MOMENTS, look);
  };
  simulation.at(0, look);
  simulation.run(seconds);
  const useOf = (busySeconds: number, servers: number) => busySeconds / servers / seconds;
  const { nats, gateways, store } = mesh.servers;
  const uses = {
    natsUse: useOf(nats.busySeconds, nats.servers),
    gatewayUse: useOf(gateways.busySeconds, gateways.servers),
    storeUse: useOf(store.busySeconds, store.servers),
  };
  const endSeconds = simulation.runWhile(() => mesh.inFlight > 0, LATEST * seconds);
  const pools = Object.values(mesh.pools);
  const cost = pools.reduce((sum, pool) => sum + costOf(pool, endSeconds), 0);
  return {
    name: scenario.name,
    accepted: mesh.accepted,
    succeeded: mesh.succeeded,
    failed: mesh.failed,
    seconds: mesh.lastEndSeconds,
    latency: percentilesOf(mesh.latencies),
    laneLatency: {
      high: percentilesOf(mesh.laneLatencies.high),
      normal: percentilesOf(mesh.laneLatencies.normal),
      low: percentilesOf(mesh.laneLatencies.low),
    },
    pools: byStage((stage) => poolResult(mesh.pools[stage], endSeconds)),
    ...uses,
    costPer1000: (1000 * cost) / Math.max(1, mesh.succeeded),
    events: simulation.happened,
    moments,
  };
}

function costOf({ workers, options }: Pool, seconds: number): number {
  return (workers.area(seconds) / HOUR_SECONDS) * options.hourPrice;
}

function poolResult(pool: Pool, seconds: number): PoolResult {
  const busySeconds = pool.busySlots.area(seconds);
  return {
    wait: percentilesOf(pool.waits),
    mostWaiting: pool.waiting.highest,
    mostWorkers: pool.workers.highest,
    meanWorkers: pool.workers.area(seconds) / seconds,
    use: busySeconds / Math.max(1, pool.readySlots.area(seconds)),
    lostWorkers: pool.lostWorkers,
    wastedPart: pool.wastedSeconds / Math.max(1, busySeconds),
  };
}

function percentilesOf(durations: Durations): Percentiles {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((p) => durations.percentile(p));
  return { p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0 };
}

function momentOf({ pools }: Mesh, atSeconds: number): Moment {
  return {
    atSeconds,
    waiting: byStage((stage) => pools[stage].waiting.value),
    workers: byStage((stage) => pools[stage].workers.value),
  };
}

function byStage<T>(value: (stage: Stage) => T): Readonly<Record<Stage, T>> {
  const [depth, render, encode] = STAGES.map(value) as [T, T, T];
  return { depth, render, encode };
}
