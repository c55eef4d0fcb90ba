/** From CancelJob to the end of the work: ffmpeg's process, GL's and onnxruntime's processor time. */
import { setTimeout as pause } from "node:timers/promises";
import type { DepthmeshClient } from "../../client/client.js";
import { STAGES, type Stage } from "../../pipeline/stages.js";
import { CachePolicy, JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import type { Photo } from "../../testing/photos.js";
import { descendants, processorSeconds } from "../../testing/process-facts.js";
import { SLOW_MODEL, slowModel } from "../depth/slow-model.js";
import { atMost, type BenchLine, median, rounded } from "../report.js";
import { idOf, type StruckMesh, startStruckMesh, untilLeased } from "./struck-mesh.js";

const RUNS = 5;
const AIM_SECONDS = 1;
/** A run of the model that the cancel comes into; runs themselves cannot be broken off. */
const MODEL_RUN_MS = 500;
const INTO_THE_WORK_MS = 300;
const WATCHED_MS = 2_500;
const SAMPLE_MS = 25;
const WINDOW_MS = 100;
const CLIP = {
  durationSeconds: 30,
  frameRate: { numerator: 30, denominator: 1 },
  ...{ width: 640, height: 426 },
};

export async function* cancel(photo: Photo): AsyncGenerator<BenchLine> {
  const model = await slowModel(MODEL_RUN_MS, 0);
  const struck = await startStruckMesh({
    ...{ depth: 1, render: 1, encode: 1 },
    environment: { DEPTHMESH_MODELS: model.folder.path },
  });
  const aims: BenchLine[] = [];
  try {
    // The first job loads the model: that is cut off at its end only, and happens once in a process's life.
    await secondsToRest(struck, "depth", photo);
    for (const stage of STAGES) {
      const seconds: number[] = [];
      for (let run = 0; run < RUNS; run++) seconds.push(await secondsToRest(struck, stage, photo));
      const figure = { bench: "recovery", case: `cancel during ${stage}`, unit: "s" };
      yield { ...figure, metric: "work stopped, median", value: rounded(median(seconds)) };
      yield { ...figure, metric: "work stopped, worst", value: rounded(Math.max(...seconds)) };
      const aim = `cancel stops ${stage}, worst of ${RUNS}`;
      aims.push(atMost(aim, Math.max(...seconds), AIM_SECONDS, "s"));
    }
  } finally {
    await struck.stop();
    await model.folder.remove();
  }
  yield* aims;
}

async function secondsToRest(
  { mesh, client, store }: StruckMesh,
  stage: Stage,
  photo: Photo,
): Promise<number> {
  const model = stage === "depth" ? SLOW_MODEL : "";
  const spec = JobSpec.fromPartial({
    model,
    clip: CLIP,
    cachePolicy: CachePolicy.CACHE_POLICY_BYPASS,
  });
  const { name } = await client.createJobFromFiles(spec, { photo: photo.path });
  // GL draws when encode asks for frames.
  await untilLeased(store, idOf(name), stage === "depth" ? "depth" : "encode");
  if (stage !== "depth") await untilEncoding(client, name);
  else await pause(INTO_THE_WORK_MS);
  const pid = mesh.children(stage)[0]?.pid;
  if (!pid) throw new Error(`${stage} does not run`);
  const startedAtMs = performance.now();
  const [, rested] = await Promise.all([
    client.cancelJob(name),
    stage === "encode" ? ffmpegEnd(pid) : rest(pid),
  ]);
  return (rested - startedAtMs) / 1000;
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

async function rest(pid: number): Promise<number> {
  const untilMs = performance.now() + WATCHED_MS;
  const samples: ProcessorSample[] = [];
  while (performance.now() < untilMs) {
    samples.push({ atMs: performance.now(), seconds: await processorSeconds(pid) });
    await pause(SAMPLE_MS);
  }
  return restMoment(samples, WINDOW_MS);
}

export interface ProcessorSample {
  readonly atMs: number;
  /** Used so far. */
  readonly seconds: number;
}

/** What a process that only answers, renews and sweeps may use, as a share of one core. */
const RESTING_SHARE = 0.25;

/**
 * The moment of the last sample before which the process was busy: it used more than a quarter of a core over `windowMs` up to
 * it. The first sample's where it never was.
 */
export function restMoment(samples: readonly ProcessorSample[], windowMs: number): number {
  let rest = samples[0]?.atMs ?? Number.NaN;
  for (const [i, { atMs, seconds }] of samples.entries()) {
    const before = samples.slice(0, i).findLast((each) => atMs - each.atMs >= windowMs);
    if (!before) continue;
    const share = (1000 * (seconds - before.seconds)) / (atMs - before.atMs);
    if (share > RESTING_SHARE) rest = atMs;
  }
  return rest;
}
