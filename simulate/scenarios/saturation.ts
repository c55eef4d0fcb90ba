/** How many jobs what all jobs share can bear: NATS, a gateway, the store. */
import type { Measured } from "../mesh/measured.js";
import { runScenario } from "./run-scenario.js";
import { Scenario, type ScenarioInput } from "./scenario.js";

type ClipInput = ScenarioInput["clips"][number];

/** Jobs per hour at which it would be busy all the time. */
export interface Saturation {
  readonly nats: Readonly<Record<Scenario["nats"], number>>;
  readonly gateway: number;
  readonly store: Readonly<Record<Scenario["store"], number>>;
  /** Workers of render that one gateway keeps busy. */
  readonly renderWorkers: number;
  readonly jobsPerRenderHour: number;
}

/** Enough that nothing waits, and that chance alters no result by a percent. */
const WORKERS = 40;
const PER_HOUR = 400;

/** Of jobs of one kind. */
export function saturationOf(clip: ClipInput, measured: Measured): Saturation {
  const pool = { workers: WORKERS };
  const run = (nats: Scenario["nats"], store: Scenario["store"]) =>
    runScenario(
      Scenario.parse({
        ...{ name: "saturation", hours: 1, clips: [clip], nats, store },
        arrivals: [{ kind: "steady", perHour: PER_HOUR }],
        pools: { depth: pool, render: pool, encode: pool },
      }),
      { measured },
    );
  const file = run("one", "file");
  const perHour = (use: number, { accepted }: { accepted: number }) => accepted / use;
  const gateway = perHour(file.gatewayUse, file);
  const sync = run("one-sync", "nats");
  const three = run("three", "s3");
  const busyRenderers = file.pools.render.use * WORKERS;
  const jobsPerRenderHour = file.accepted / busyRenderers;
  return {
    nats: {
      one: perHour(file.natsUse, file),
      "one-sync": perHour(sync.natsUse, sync),
      three: perHour(three.natsUse, three),
    },
    gateway,
    store: {
      file: perHour(file.storeUse, file),
      nats: perHour(sync.storeUse, sync),
      s3: perHour(three.storeUse, three),
    },
    renderWorkers: gateway / jobsPerRenderHour,
    jobsPerRenderHour,
  };
}

export interface SweepPoint {
  /** Of render, and as many of encode. */
  readonly workers: number;
  readonly latencyP95: number;
  readonly natsUse: number;
  readonly gatewayUse: number;
}

const SWEEP_HOURS = 0.1;
const SWEEP_LOAD = 0.7;

/**
 * The same load for each worker, with more and more of them, up to where not all jobs were finished
 * within ten times the time in which they came.
 */
export function sweep(
  clip: ClipInput,
  gateways: number,
  workerCounts: readonly number[],
  measured: Measured,
): readonly SweepPoint[] {
  const { jobsPerRenderHour } = saturationOf(clip, measured);
  const points: SweepPoint[] = [];
  for (const workers of workerCounts) {
    const pool = { workers };
    const { latency, natsUse, gatewayUse, accepted, succeeded } = runScenario(
      Scenario.parse({
        ...{ name: "sweep", hours: SWEEP_HOURS, clips: [clip], gateways, store: "s3" },
        arrivals: [{ kind: "steady", perHour: SWEEP_LOAD * workers * jobsPerRenderHour }],
        pools: { depth: pool, render: pool, encode: pool },
      }),
      { measured },
    );
    if (succeeded < accepted) break;
    points.push({ workers, latencyP95: latency.p95, natsUse, gatewayUse });
  }
  return points;
}
