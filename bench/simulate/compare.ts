/**
 * `npm run simulate -- compare`: the same jobs, at the same moments, on a real mesh and on a
 * simulated one. Records, orders, leases and workers are the real ones; the stages hold their
 * orders for random times instead of working, so that a busy machine does not matter much.
 */
import { writeFileSync } from "node:fs";
import { STAGES, type Stage } from "../../pipeline/stages.js";
import { always, exponential } from "../../simulate/engine/distribution.js";
import { randomStream } from "../../simulate/engine/random.js";
import { Simulation } from "../../simulate/engine/simulation.js";
import { DISPATCH_SECONDS } from "../../simulate/mesh/capacities.js";
import type { Clip } from "../../simulate/mesh/clip.js";
import { Mesh } from "../../simulate/mesh/mesh.js";
import type { PoolOptions } from "../../simulate/mesh/pool-options.js";
import type { Compared, ComparedLatency } from "../../simulate/report/compared.js";
import { percentile } from "../../testing/statistics.js";
import { startBusMesh } from "../mesh/bus-mesh.js";
import { BENCH_LEASE_MS, type StubOptions } from "../mesh/messages.js";
import { COMPARED_PATH } from "./measured-path.js";

const SECONDS = 240;
const SEED = 1;
/** The simulation of other seeds tells how far chance alone goes. */
const SEEDS = 200;
/** Render holds its slot for 1.6 s with encode, so that eight slots make five jobs a second. */
const STUB: StubOptions = {
  seed: SEED,
  slots: { depth: 3, render: 8, encode: 8 },
  meanSeconds: { depth: 0.4, render: 0.4, encode: 1.2 },
};
const LOADS = [0.5, 0.8] as const;
export async function compare(): Promise<void> {
  const rows: Compared[] = [];
  for (const load of LOADS) {
    const { render, encode } = STUB.meanSeconds;
    const perSecond = (load * STUB.slots.render) / (render + encode);
    const atSeconds = momentsAt(perSecond);
    process.stderr.write(`${atSeconds.length} jobs at a load of ${load}\n`);
    const simulated = Array.from({ length: SEEDS }, (_, seed) => simulate(atSeconds, seed));
    rows.push({
      load,
      jobs: atSeconds.length,
      seconds: SECONDS,
      real: latencyOf(await real(atSeconds)),
      simulated: middle(simulated, 0.5),
      low: middle(simulated, 0.025),
      high: middle(simulated, 0.975),
    });
  }
  writeFileSync(COMPARED_PATH, `${JSON.stringify(rows, undefined, 2)}\n`);
  process.stderr.write(`wrote ${COMPARED_PATH}\n`);
}

function momentsAt(perSecond: number): number[] {
  const random = randomStream(SEED, `moments ${perSecond}`);
  const gap = exponential(1 / perSecond);
  const moments: number[] = [];
  for (let at = gap.draw(random); at < SECONDS; at += gap.draw(random)) moments.push(at);
  return moments;
}

async function real(atSeconds: readonly number[]): Promise<readonly number[]> {
  const busMesh = await startBusMesh({}, STUB);
  try {
    await busMesh.acceptor.ask({ kind: "burst", jobs: 20, inFlight: 4 });
    const { latenciesSeconds } = await busMesh.acceptor.ask({ kind: "times", atSeconds });
    return latenciesSeconds ?? [];
  } finally {
    await busMesh.stop();
  }
}

function simulate(atSeconds: readonly number[], seed: number): ComparedLatency {
  const simulation = new Simulation();
  const pool = (stage: Stage): PoolOptions => ({
    ...{ workers: 1, slots: STUB.slots[stage], cores: STUB.slots[stage], times: 1 },
    ...{ startSeconds: 0, drainSeconds: 0, hourPrice: 0 },
  });
  const mesh = new Mesh(simulation, {
    ...{ seed, pools: { depth: pool("depth"), render: pool("render"), encode: pool("encode") } },
    ...{ gateways: 1, storeBytesPerSecond: 1e12, gatewayBytesPerSecond: 1e12 },
    ...{ natsWriteSeconds: 0, natsSecondSeconds: 0, gatewayJobSeconds: 0, gatewaySecondSeconds: 0 },
    ...{ leaseSeconds: BENCH_LEASE_MS / 1000, dispatchSeconds: DISPATCH_SECONDS },
    ...{ frameTransport: 1, segmentRenderSeconds: 0, segmentEncodeSeconds: 0 },
    ...{ segmentGatewaySeconds: 0, segmentNatsSeconds: 0 },
  });
  const [depth, renderOnce, encodeOnce] = STAGES.map((stage) =>
    exponential(STUB.meanSeconds[stage]),
  ) as [Clip["depth"], Clip["depth"], Clip["depth"]];
  const clip: Clip = {
    ...{ name: "stub", frames: 1, depth, renderOnce, encodeOnce },
    ...{ renderFrame: always(0), encodeFrame: always(0), renderSerialShare: 0 },
    ...{ photoBytes: 0, resultBytes: 0 },
  };
  for (const at of atSeconds) simulation.at(at, () => mesh.accept(clip, "normal"));
  simulation.runWhile(() => mesh.inFlight > 0 || simulation.nowSeconds < SECONDS, 10 * SECONDS);
  const { latencies } = mesh;
  return {
    mean: latencies.mean,
    p50: latencies.percentile(0.5),
    p95: latencies.percentile(0.95),
  };
}

function latencyOf(seconds: readonly number[]): ComparedLatency {
  const mean = seconds.reduce((sum, each) => sum + each, 0) / seconds.length;
  return { mean, p50: percentile(seconds, 0.5), p95: percentile(seconds, 0.95) };
}

/** Of each figure, the one that a part of all runs does not exceed. */
function middle(runs: readonly ComparedLatency[], p: number): ComparedLatency {
  const of = (figure: keyof ComparedLatency) =>
    percentile(
      runs.map((run) => run[figure]),
      p,
    );
  return { mean: of("mean"), p50: of("p50"), p95: of("p95") };
}
