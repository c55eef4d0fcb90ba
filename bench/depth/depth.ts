/** What the depth stage costs around its model, and what it still answers while a model runs. */
import { readFile } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import sharp from "sharp";
import type { EdgeQuality } from "../../core/depthmap/align.js";
import { postProcess } from "../../core/depthmap/post-processing.js";
import { toUint16 } from "../../core/depthmap/range.js";
import { Fields } from "../../core/spec/fields.js";
import { resolveDepth } from "../../core/spec/resolve-depth.js";
import { createLog } from "../../kit/log.js";
import { callUnary, meshClient } from "../../kit/rpc/client.js";
import {
  type WorkerDescription,
  WorkerServiceClient,
} from "../../proto/gen/depthmesh/stage/v1/worker_service.js";
import { loadConfig, photoRules } from "../../services/depth/config.js";
import { Decoder } from "../../services/depth/decode/decoder.js";
import { estimateMap } from "../../services/depth/depth-map.js";
import { openEngine } from "../../services/depth/inference/open-engine.js";
import { PixelThread } from "../../services/depth/pixels/pixel-thread.js";
import type { Photo } from "../../testing/photos.js";
import { atMost, type BenchLine, median, rounded } from "../report.js";
import { SLOW_MODEL, slowModel } from "./slow-model.js";
import { type DepthStage, type Spans, startDepthStage } from "./stage.js";

const RUNS = 5;
const STEPS = ["decode", "infer", "refine", "store"] as const;
const REFINE_AIM_MS = 120;
const OVERHEAD_AIM_PERCENT = 25;
const LOOP_DELAY_AIM_MS = 20;

/** Photo in pixels, and the video that is made of it. */
const CASES = [
  { name: "512²", photo: [512, 512], clip: [512, 512] },
  { name: "1080p", photo: [1920, 1080], clip: [1920, 1080] },
  { name: "16 MP", photo: [4928, 3264], clip: [1920, 1272] },
] as const;

export async function* depth(photos: readonly Photo[]): AsyncGenerator<BenchLine> {
  const [first] = photos;
  if (!first) return;
  const original = await readFile(first.path);
  yield* steps(original);
  yield* aroundSlowModel(original);
  yield* whileModelRuns(original);
}

/** The photograph at a size, as the JPEG that a camera would write. */
function jpegOf(photo: Buffer, [width, height]: readonly [number, number]): Promise<Buffer> {
  return sharp(photo).resize(width, height, { fit: "cover" }).jpeg({ quality: 92 }).toBuffer();
}

const figure = (where: string, metric: string, value: number, unit: string) =>
  ({ bench: "depth", case: where, metric, value: rounded(value), unit }) as const;

const medianOf = (runs: readonly Spans[], span: string) =>
  median(runs.map((run) => run.get(span) ?? Number.NaN));

async function runs(stage: DepthStage, bytes: Buffer, clip: readonly [number, number], model = "") {
  // The first run of a process pays for code that is compiled on its first use.
  await stage.run(bytes, clip[0], clip[1], model);
  const all: Spans[] = [];
  for (let i = 0; i < RUNS; i++) all.push(await stage.run(bytes, clip[0], clip[1], model));
  return all;
}

/** The built-in model; maps have the photo's size, as a GPU's renderer might want them. */
async function* steps(original: Buffer): AsyncGenerator<BenchLine> {
  const stage = await startDepthStage({ DEPTHMESH_DISPARITY_SIDE: "1920" });
  try {
    for (const { name, photo, clip } of CASES) {
      const all = await runs(stage, await jpegOf(original, photo), clip);
      for (const step of STEPS) yield figure(name, step, medianOf(all, step), "ms");
    }
  } finally {
    await stage.close();
  }
  const small = await refineCpuMs(original, 288, 160, "blurred");
  yield atMost("refining a small net's map to 1080p, one core", small, REFINE_AIM_MS, "ms");
  const large = await refineCpuMs(original, 924, 518, "sharp");
  yield atMost("refining a large model's map to 1080p, one core", large, REFINE_AIM_MS, "ms");
}

/** A model of half a second at the service's own settings: what preparing, reading and refining add to its runs. */
async function* aroundSlowModel(original: Buffer): AsyncGenerator<BenchLine> {
  const { folder, runMs } = await slowModel(500, 0);
  const stage = await startDepthStage({ DEPTHMESH_MODELS: folder.path });
  try {
    const [, { photo, clip }] = CASES;
    const all = await runs(stage, await jpegOf(original, photo), clip, SLOW_MODEL);
    const around = medianOf(all, "infer") - runMs + medianOf(all, "refine");
    yield figure("half a second", "bare run", runMs, "ms");
    yield figure("half a second", "infer", medianOf(all, "infer"), "ms");
    yield figure("half a second", "refine", medianOf(all, "refine"), "ms");
    const percent = (100 * around) / runMs;
    yield atMost("around a model of 0.5 s, 1080p", percent, OVERHEAD_AIM_PERCENT, "%");
  } finally {
    await stage.close();
    await folder.remove();
  }
}

/** A model of two seconds: the event loop of a process with the service's parts, and a real service's answers. */
async function* whileModelRuns(original: Buffer): AsyncGenerator<BenchLine> {
  const { folder, runMs } = await slowModel(2000, 0);
  const bytes = await jpegOf(original, CASES[1].photo);
  try {
    yield figure("two seconds", "bare run", runMs, "ms");
    const delayMs = await loopDelayP99(folder.path, bytes);
    yield atMost("event-loop delay p99 while it runs", delayMs, LOOP_DELAY_AIM_MS, "ms");
    const answers = await answerTimes(folder.path, bytes);
    const sorted = [...answers].sort((a, b) => a - b);
    yield figure("two seconds", "calls answered meanwhile", answers.length, "calls");
    const p99 = sorted[Math.floor(0.99 * sorted.length)] ?? Number.NaN;
    yield figure("two seconds", "answer of WorkerService.Describe, p99", p99, "ms");
  } finally {
    await folder.remove();
  }
}

async function loopDelayP99(models: string, bytes: Buffer): Promise<number> {
  const pixels = new PixelThread((why) => {
    throw why;
  });
  const config = { ...loadConfig(), models };
  const decoder = await Decoder.start({ memoryBytes: 2 ** 31, timeMs: 60_000, stallMs: 60_000 });
  const log = createLog("warn", { service: "bench", worker: "" });
  const { engine, pool } = await openEngine(config, pixels, log);
  const once = async () => {
    const photo = await decoder.photo(bytes, {
      ...photoRules(config),
      fit: { clip: { width: 1920, height: 1080 } },
    });
    await estimateMap({ engine, pixels }, photo, {
      ...{ model: SLOW_MODEL, degradePolicy: "forbid", signal: new AbortController().signal },
      ...{ postProcessing: resolveDepth(new Fields({})), longSidePixels: config.disparitySide },
    });
  };
  await once();
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  for (let i = 0; i < 3; i++) await once();
  histogram.disable();
  pool.close();
  await Promise.all([pixels.stop(), decoder.close()]);
  return histogram.percentile(99) / 1e6;
}

/** Milliseconds of each call that the service answered between the start and the end of one job. */
async function answerTimes(models: string, bytes: Buffer): Promise<number[]> {
  const stage = await startDepthStage({ DEPTHMESH_MODELS: models });
  const client = meshClient(WorkerServiceClient, stage.address);
  const describe = () =>
    callUnary<WorkerDescription>((metadata, callback) => client.describe({}, metadata, callback));
  try {
    await stage.run(bytes, 1920, 1080, SLOW_MODEL);
    const times: number[] = [];
    let running = true;
    const job = stage.run(bytes, 1920, 1080, SLOW_MODEL).finally(() => {
      running = false;
    });
    while (running) {
      const startedAtMs = performance.now();
      await describe();
      times.push(performance.now() - startedAtMs);
    }
    await job;
    return times;
  } finally {
    client.close();
    await stage.close();
  }
}

const FULL_HD = { width: 1920, height: 1080 };
const REFINE_RUNS = 9;

/** Milliseconds to make a 1080p map of a model's output of this size against `photo`. */
export async function refineCpuMs(
  photo: Buffer,
  width: number,
  height: number,
  edges: EdgeQuality,
): Promise<number> {
  const rgb = await sharp(photo)
    .resize({ ...FULL_HD, fit: "cover" })
    .removeAlpha()
    .raw()
    .toBuffer();
  const { data } = await sharp(photo)
    .resize({ width, height, fit: "cover" })
    .toColourspace("b-w")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const estimate = { values: Float32Array.from(data), width, height, edges };
  const times: number[] = [];
  for (let run = 0; run < REFINE_RUNS; run++) {
    const before = process.cpuUsage();
    toUint16(postProcess(estimate, { rgb, ...FULL_HD }, resolveDepth(new Fields({}))).values);
    const { user, system } = process.cpuUsage(before);
    // The first runs are compiled while they run.
    if (run > 1) times.push((user + system) / 1000);
  }
  return median(times);
}
