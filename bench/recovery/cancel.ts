/**
 * From CancelJob to the end of the work: the exit of ffmpeg, and the end of processor use by GL and
 * onnxruntime.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { DepthmeshClient } from "../../client/client.js";
import { STAGES, type Stage } from "../../pipeline/stages.js";
import type { Photo } from "../../testing/photos.js";
import { descendants, processorSeconds } from "../../testing/process-facts.js";
import { atMost, type BenchLine } from "../../testing/report-lines.js";
import { clipOf, uncachedSpec } from "../bench-mesh.js";
import { SLOW_MODEL, slowModel } from "../depth/slow-model.js";
import {
  idOf,
  medianAndWorst,
  type StruckMesh,
  startStruckMesh,
  untilLeased,
} from "./struck-mesh.js";

const RUNS = 5;
const AIM_SECONDS = 1;
/** Time of a model run during which the job is cancelled; a run itself cannot be interrupted. */
const MODEL_RUN_MS = 500;
const INTO_THE_WORK_MS = 300;
const WATCHED_MS = 2_500;
const SAMPLE_MS = 25;
const WINDOW_MS = 100;
const CLIP = clipOf(640, 426, 30, 30);
/** What an idle process may use for answers, lease renewals and sweeps, as a share of one core. */
const IDLE_SHARE = 0.25;

export async function* cancel(photo: Photo): AsyncGenerator<BenchLine> {
  const model = await slowModel(MODEL_RUN_MS, 0);
  const struck = await startStruckMesh({
    ...{ depth: 1, render: 1, encode: 1 },
    environment: { DEPTHMESH_MODELS: model.folder.path },
  });
  const aims: BenchLine[] = [];
  try {
    // The first job loads the model, which cannot be interrupted and happens once per process.
    await secondsToIdle(struck, "depth", photo);
    for (const stage of STAGES) {
      const seconds: number[] = [];
      for (let run = 0; run < RUNS; run++) seconds.push(await secondsToIdle(struck, stage, photo));
      yield* medianAndWorst(`cancel during ${stage}`, "work stopped", seconds);
      const aim = `cancel stops ${stage}, worst of ${RUNS}`;
      aims.push(atMost(aim, Math.max(...seconds), AIM_SECONDS, "s"));
    }
  } finally {
    await struck.stop();
    await model.folder.remove();
  }
  yield* aims;
}

async function secondsToIdle(
  { mesh, client, store }: StruckMesh,
  stage: Stage,
  photo: Photo,
): Promise<number> {
  const spec = uncachedSpec({ model: stage === "depth" ? SLOW_MODEL : "", clip: CLIP });
  const { name } = await client.createJobFromFiles(spec, { photo: photo.path });
  // Render draws when encode requests frames.
  await untilLeased(store, idOf(name), stage === "depth" ? "depth" : "encode");
  if (stage !== "depth") await untilEncoding(client, name);
  else await pause(INTO_THE_WORK_MS);
  const pid = mesh.children(stage)[0]?.pid;
  if (!pid) throw new Error(`${stage} does not run`);
  const startedAtMs = performance.now();
  const [, idleAtMs] = await Promise.all([
    client.cancelJob(name),
    stage === "encode" ? ffmpegEnd(pid) : processorIdle(pid),
  ]);
  return (idleAtMs - startedAtMs) / 1000;
}

async function untilEncoding(client: DepthmeshClient, name: string): Promise<void> {
  for await (const { kind } of client.watchJob(name)) {
    if (kind?.$case === "progress" && kind.value.encode > 0) return;
  }
  throw new Error(`${name} ended before it was encoded`);
}

async function ffmpegEnd(pid: number): Promise<number> {
  while ((await descendants(pid)).some(({ name }) => name === "ffmpeg")) await pause(SAMPLE_MS);
  return performance.now();
}

async function processorIdle(pid: number): Promise<number> {
  const untilMs = performance.now() + WATCHED_MS;
  const samples: ProcessorSample[] = [];
  while (performance.now() < untilMs) {
    samples.push({ atMs: performance.now(), seconds: await processorSeconds(pid) });
    await pause(SAMPLE_MS);
  }
  return idleSince(samples, WINDOW_MS);
}

interface ProcessorSample {
  readonly atMs: number;
  /** Processor seconds used so far. */
  readonly seconds: number;
}

/**
 * The time from which the process was idle: that of the last sample at which it had used more than
 * a quarter of a core over the last `windowMs`, or that of the first sample.
 */
export function idleSince(samples: readonly ProcessorSample[], windowMs: number): number {
  let idleAtMs = samples[0]?.atMs ?? Number.NaN;
  for (const [i, { atMs, seconds }] of samples.entries()) {
    const before = samples.slice(0, i).findLast((earlier) => atMs - earlier.atMs >= windowMs);
    if (!before) continue;
    const share = (1000 * (seconds - before.seconds)) / (atMs - before.atMs);
    if (share > IDLE_SHARE) idleAtMs = atMs;
  }
  return idleAtMs;
}
