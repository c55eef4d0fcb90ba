/**
 * `npm run bench -- start`: processor time and wall time until each service, a whole mesh and the
 * command `convert` are ready, and what a mesh costs while it is idle.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Mesh } from "../../launcher/mesh.js";
import type { Photo } from "../../testing/photos.js";
import { descendants, processTimes } from "../../testing/process-facts.js";
import { atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { median } from "../../testing/statistics.js";
import { type ConvertCost, convertCost } from "./convert-start.js";
import { idleCosts } from "./idle.js";
import { startCosts } from "./service-start.js";

const RUNS = 3;
const IMPORT_AIM_SECONDS = 0.4;
const CONVERT_AIM_SECONDS = 1.5;
const IDLE_AIM_MS = 10;

export async function* start([photo]: readonly Photo[]): AsyncGenerator<BenchLine> {
  if (!photo) return;
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-bench-"));
  const aims: BenchLine[] = [];
  try {
    for (const [service, cost] of await startCosts(folder)) {
      const figure = figuresOf("start", service);
      yield figure("modules loaded, processor time", cost.importSeconds, "s");
      yield figure("ready, processor time", cost.cpuSeconds, "s");
      yield figure("ready", cost.wallSeconds, "s");
      const aim = `${service}: modules loaded, processor time`;
      aims.push(atMost(aim, cost.importSeconds, IMPORT_AIM_SECONDS, "s"));
    }
    yield* meshStart(folder, aims);
    yield* convertStart(folder, photo, aims);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  yield* aims;
}

/** Each start has a new data folder, as the first one of a user has. */
async function* meshStart(folder: string, aims: BenchLine[]): AsyncGenerator<BenchLine> {
  const wall: number[] = [];
  const cpu: number[] = [];
  let idle: ReadonlyMap<string, number> = new Map();
  for (let run = 0; run < RUNS; run++) {
    const startedAtMs = performance.now();
    const mesh = await Mesh.start({
      ...{ data: join(folder, `mesh-${run}`), depth: 1, render: 1, encode: 1 },
      ...{ port: 0, logs: "file" },
    });
    try {
      wall.push((performance.now() - startedAtMs) / 1000);
      cpu.push(await secondsOfDescendants());
      if (run === RUNS - 1) idle = await idleCosts(mesh);
    } finally {
      await mesh.stop();
    }
  }
  const figure = figuresOf("start", "mesh");
  yield figure("ready, processor time", median(cpu), "s");
  yield figure("ready", median(wall), "s");
  for (const [name, ms] of idle) yield figuresOf("start", name)("idle", ms, "ms/s");
  const sum = [...idle.values()].reduce((total, ms) => total + ms, 0);
  yield figure("idle", sum, "ms/s");
  aims.push(atMost("idle mesh, processor time", sum, IDLE_AIM_MS, "ms/s"));
}

/** Of the children of this process that live, and of their children. */
async function secondsOfDescendants(): Promise<number> {
  const all = await Promise.all(
    (await descendants(process.pid)).map(({ pid }) => processTimes(pid)),
  );
  return all.reduce(
    (sum, { ownSeconds, childrenSeconds }) => sum + ownSeconds + childrenSeconds,
    0,
  );
}

async function* convertStart(
  folder: string,
  photo: Photo,
  aims: BenchLine[],
): AsyncGenerator<BenchLine> {
  const cache = await mkdtemp(join(folder, "cache-"));
  const first = await convertCost(folder, cache, photo);
  const figureFirst = figuresOf("start", "convert, the first time on a machine");
  yield figureFirst("job accepted", first.acceptedSeconds, "s");
  yield figureFirst("whole command", first.totalSeconds, "s");
  yield figureFirst("whole command, processor time", first.cpuSeconds, "s");
  const runs: ConvertCost[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await convertCost(folder, cache, photo));
  const of = (name: keyof ConvertCost) => median(runs.map((cost) => cost[name]));
  const figure = figuresOf("start", "convert");
  const acceptedSeconds = of("acceptedSeconds");
  yield figure("job accepted", acceptedSeconds, "s");
  yield figure("whole command", of("totalSeconds"), "s");
  yield figure("whole command, processor time", of("cpuSeconds"), "s");
  aims.push(
    atMost("convert without a mesh, job accepted", acceptedSeconds, CONVERT_AIM_SECONDS, "s"),
  );
}
