/**
 * `npm run bench -- metrics`: what it costs to be measured. Two meshes do the same jobs in turn,
 * one of them with ports for Prometheus that are read, so that whatever else the machine does meets
 * both.
 */
import { emptyResource } from "@opentelemetry/resources";
import { pause } from "../../kit/async/delay.js";
import { readSettings } from "../../kit/config.js";
import { increment, measure } from "../../kit/telemetry/metrics.js";
import { TELEMETRY_SETTINGS } from "../../kit/telemetry/settings.js";
import { startMetrics } from "../../kit/telemetry/start-metrics.js";
import type { Mesh } from "../../launcher/mesh.js";
import type { Photo } from "../../testing/photos.js";
import { processTimes, residentMib } from "../../testing/process-facts.js";
import { atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { median, percentile } from "../../testing/statistics.js";
import { type BenchMesh, clipOf, runToEnd, startBenchMesh, uncachedSpec } from "../bench-mesh.js";

const PAIRS = 24;
const SPEC = uncachedSpec({ clip: clipOf(640, 426, 2, 30) });
const JOB_MS = 120_000;
/** As often as Prometheus reads by default in its example. */
const READ_EVERY_MS = 15_000;
const IDLE_MS = 20_000;
const REPEATS = 100_000;
const SERVICES = ["gateway", "depth", "render", "encode"] as const;

export async function* metrics(photos: readonly Photo[]): AsyncGenerator<BenchLine> {
  const [photo] = photos;
  if (!photo) throw new Error("the bench needs a photo");
  const plain = await startBenchMesh();
  const measured = await startBenchMesh({ metricsPort: 0 });
  const reading = setInterval(() => void readAll(measured.mesh), READ_EVERY_MS);
  try {
    // The first jobs load the model and compile the shaders.
    for (const mesh of [plain, measured]) await runToEnd(mesh.client, SPEC, photo, JOB_MS);
    yield* jobCost(plain, measured, photo);
    yield* idleCost(plain, measured);
    yield* singleCost();
    const figure = figuresOf("metrics", "memory after the jobs");
    for (const service of SERVICES) {
      const [without, with_] = await Promise.all(
        [plain, measured].map(({ mesh }) => residentMib(mesh.children(service)[0]?.pid ?? 0)),
      );
      yield figure(`${service}, more than without`, (with_ ?? 0) - (without ?? 0), "MiB");
    }
  } finally {
    clearInterval(reading);
    await Promise.all([plain.stop(), measured.stop()]);
  }
}

/**
 * What one measurement costs, without the rest of a mesh: it does not depend on the machine's load.
 */
async function* singleCost(): AsyncGenerator<BenchLine> {
  const config = readSettings(TELEMETRY_SETTINGS, {});
  const recorder = await startMetrics("encode", emptyResource(), config);
  const microsecondsOf = (work: () => void) => {
    const before = process.cpuUsage();
    for (let times = 0; times < REPEATS; times++) work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / REPEATS;
  };
  const step = { "depthmesh.step": "store" } as const;
  const figure = figuresOf("metrics", "one measurement");
  const counted = microsecondsOf(() => increment("depthmesh.encode.frames", {}));
  yield figure("a counter", counted, "µs");
  const timed = microsecondsOf(() => measure("depthmesh.stage.step.duration", 0.1, step));
  yield figure("a histogram", timed, "µs");
  await recorder.close();
}

async function* idleCost(plain: BenchMesh, measured: BenchMesh): AsyncGenerator<BenchLine> {
  const of = async ({ mesh }: BenchMesh) => {
    const before = await meshSeconds(mesh);
    await pause(IDLE_MS);
    return ((await meshSeconds(mesh)) - before) / (IDLE_MS / 1000);
  };
  const [without = 0, with_ = 0] = await Promise.all([plain, measured].map(of));
  const figure = figuresOf("metrics", "idle mesh");
  yield figure("processor time without", 1000 * without, "ms/s");
  yield figure("processor time with", 1000 * with_, "ms/s");
}

async function* jobCost(
  plain: BenchMesh,
  measured: BenchMesh,
  photo: Photo,
): AsyncGenerator<BenchLine> {
  const costOf = async ({ mesh, client }: BenchMesh) => {
    const before = await meshSeconds(mesh);
    await runToEnd(client, SPEC, photo, JOB_MS);
    return (await meshSeconds(mesh)) - before;
  };
  const ratios: number[] = [];
  const seconds: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const isPlainFirst = pair % 2 === 0;
    const first = await costOf(isPlainFirst ? plain : measured);
    const second = await costOf(isPlainFirst ? measured : plain);
    const [without, with_] = isPlainFirst ? [first, second] : [second, first];
    ratios.push(with_ / without);
    seconds.push(without);
  }
  const morePercent = 100 * (median(ratios) - 1);
  const figure = figuresOf("metrics", `a clip of 60 frames of 640×426, ${PAIRS} pairs`);
  yield figure("processor time of a job without", median(seconds), "s");
  yield figure("more with metrics, median", morePercent, "%");
  yield figure("more with metrics, first quartile", 100 * (percentile(ratios, 0.25) - 1), "%");
  yield figure("more with metrics, third quartile", 100 * (percentile(ratios, 0.75) - 1), "%");
  yield atMost("processor time that metrics cost", morePercent, 1, "%");
}

/** Processor seconds of all processes since they began, their ended children included. */
async function meshSeconds(mesh: Mesh): Promise<number> {
  const times = await Promise.all(
    SERVICES.map((service) => processTimes(mesh.children(service)[0]?.pid ?? 0)),
  );
  return times.reduce((sum, time) => sum + time.ownSeconds + time.childrenSeconds, 0);
}

async function readAll(mesh: Mesh): Promise<void> {
  const headers = { accept: "application/openmetrics-text" };
  for (const { address } of mesh.metrics) {
    await fetch(`http://${address}/metrics`, { headers }).then((response) => response.text());
  }
}
