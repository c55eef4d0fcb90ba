/**
 * What the depth stage costs apart from its model, and how quickly it answers while a model runs.
 */
import { readFile } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import sharp from "sharp";
import { gaussianBlur } from "../../core/depthmap/filters.js";
import { postProcess } from "../../core/depthmap/post-processing.js";
import { toUint16 } from "../../core/depthmap/range.js";
import type { EdgeQuality } from "../../core/depthmap/refine.js";
import { resizedBytes } from "../../core/depthmap/resize.js";
import { withinLongSide } from "../../core/geometry/size.js";
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
import { atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { median, percentile } from "../../testing/statistics.js";
import { SLOW_MODEL, slowModel } from "./slow-model.js";
import { type DepthStage, type Spans, startDepthStage } from "./stage.js";

const RUNS = 5;
const STEPS = ["decode", "infer", "refine", "store"] as const;
const REFINE_AIM_MS = 100;
const GUIDE_AIM_MS = 50;
const OVERHEAD_AIM_PERCENT = 25;
const CPU_OVERHEAD_AIM_PERCENT = 20;
const LOOP_DELAY_AIM_MS = 20;
const FULL_HD = { width: 1920, height: 1080 };
/** Long side of a job's map unless it asks for another. */
const MAP_SIDE = 1024;
const REFINE_RUNS = 9;

/** Sizes in pixels of the photo and of its video. */
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

/** The photo at a size, as a JPEG like those of cameras. */
function jpegOf(photo: Buffer, [width, height]: readonly [number, number]): Promise<Buffer> {
  return sharp(photo).resize(width, height, { fit: "cover" }).jpeg({ quality: 92 }).toBuffer();
}

const medianOf = (runs: readonly Spans[], span: string) =>
  median(runs.map((run) => run.get(span) ?? Number.NaN));

async function runs(stage: DepthStage, bytes: Buffer, clip: readonly [number, number], model = "") {
  // The first run of a process pays for code that is compiled on its first use.
  await stage.run(bytes, clip[0], clip[1], model);
  const all: Spans[] = [];
  for (let i = 0; i < RUNS; i++) all.push(await stage.run(bytes, clip[0], clip[1], model));
  return all;
}

/**
 * The steps with the built-in model; maps have the size of the photo, as for rendering on a GPU.
 */
async function* steps(original: Buffer): AsyncGenerator<BenchLine> {
  const stage = await startDepthStage({ DEPTHMESH_DISPARITY_SIDE: "1920" });
  try {
    for (const { name, photo, clip } of CASES) {
      const all = await runs(stage, await jpegOf(original, photo), clip);
      const figure = figuresOf("depth", name);
      for (const step of STEPS) yield figure(step, medianOf(all, step), "ms");
    }
  } finally {
    await stage.close();
  }
  const small = await refinementCpuMs(original, 288, 160, "blurred");
  const of = "for a 1080p photo, one core";
  yield atMost(`the guide ${of}`, small.guide, GUIDE_AIM_MS, "ms");
  yield atMost(`refining a small net's map ${of}`, small.refinement, REFINE_AIM_MS, "ms");
  const large = await refinementCpuMs(original, 518, 292, "sharp");
  yield atMost(`refining a large model's map ${of}`, large.refinement, REFINE_AIM_MS, "ms");
}

/** What the stage adds to a model that runs for half a second, on the clock and on processors. */
async function* aroundSlowModel(original: Buffer): AsyncGenerator<BenchLine> {
  const { folder, runMs, runCpuMs } = await slowModel(500, 0);
  const stage = await startDepthStage({ DEPTHMESH_MODELS: folder.path });
  try {
    const [, { photo, clip }] = CASES;
    const bytes = await jpegOf(original, photo);
    // Code is compiled in the first runs.
    await runs(stage, bytes, clip, SLOW_MODEL);
    const beforeMs = await stage.processorMs();
    const all = await runs(stage, bytes, clip, SLOW_MODEL);
    const cpuMs = ((await stage.processorMs()) - beforeMs) / (RUNS + 1);
    const around = medianOf(all, "infer") - runMs + medianOf(all, "refine");
    const figure = figuresOf("depth", "half a second");
    yield figure("bare run", runMs, "ms");
    yield figure("bare run, processors", runCpuMs, "ms");
    yield figure("infer", medianOf(all, "infer"), "ms");
    yield figure("refine", medianOf(all, "refine"), "ms");
    yield figure("stage, processors", cpuMs, "ms");
    const percent = (100 * around) / runMs;
    yield atMost("around a model of 0.5 s, 1080p", percent, OVERHEAD_AIM_PERCENT, "%");
    const cpuPercent = (100 * (cpuMs - runCpuMs)) / runCpuMs;
    yield atMost(
      "around a model of 0.5 s, 1080p, processors, from pulling to storing",
      cpuPercent,
      CPU_OVERHEAD_AIM_PERCENT,
      "%",
    );
  } finally {
    await stage.close();
    await folder.remove();
  }
}

/** How the event loop and the answers of the service fare while a model runs for two seconds. */
async function* whileModelRuns(original: Buffer): AsyncGenerator<BenchLine> {
  const { folder, runMs } = await slowModel(2000, 0);
  const bytes = await jpegOf(original, CASES[1].photo);
  try {
    const figure = figuresOf("depth", "two seconds");
    yield figure("bare run", runMs, "ms");
    const delayMs = await loopDelayP99(folder.path, bytes);
    yield atMost("event-loop delay p99 while it runs", delayMs, LOOP_DELAY_AIM_MS, "ms");
    const answers = await answerTimes(folder.path, bytes);
    yield figure("calls answered meanwhile", answers.length, "calls");
    yield figure("answer of WorkerService.Describe, p99", percentile(answers, 0.99), "ms");
  } finally {
    await folder.remove();
  }
}

/** In this process, with the modules of the service. */
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
      guideLongSidePixels: config.disparitySide,
    });
    await estimateMap({ engine, pixels }, photo, {
      ...{ model: SLOW_MODEL, degradePolicy: "forbid", signal: new AbortController().signal },
      postProcessing: resolveDepth(new Fields({})),
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

/** Milliseconds of each call that a real service answered while it ran one job. */
async function answerTimes(models: string, bytes: Buffer): Promise<number[]> {
  const stage = await startDepthStage({ DEPTHMESH_MODELS: models });
  const client = meshClient(WorkerServiceClient, stage.address, stage);
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

/**
 * Processor milliseconds (not wall time, so that other load does not count) to shrink a 1080p photo
 * to its guide, whose long side is 1024 pixels, and to refine a model output of this size by it.
 */
async function refinementCpuMs(photo: Buffer, width: number, height: number, edges: EdgeQuality) {
  const rgb = await sharp(photo)
    .resize({ ...FULL_HD, fit: "cover" })
    .removeAlpha()
    .raw()
    .toBuffer();
  const estimate = { values: discs(width, height), width, height, edges };
  const size = withinLongSide(FULL_HD, MAP_SIDE);
  const options = resolveDepth(new Fields({}));
  const guide = { rgb: resizedBytes(rgb, FULL_HD, size), ...size };
  return {
    guide: leastCpuMs(() => resizedBytes(rgb, FULL_HD, size)),
    refinement: leastCpuMs(() => toUint16(postProcess(estimate, guide, options).values)),
  };
}

/** The least processor time of several runs, in milliseconds. */
function leastCpuMs(work: () => unknown): number {
  const times: number[] = [];
  for (let run = 0; run < REFINE_RUNS; run++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    // The first runs still compile code.
    if (run > 1) times.push((user + system) / 1000);
  }
  return Math.min(...times);
}

/** An estimate with as many edges as a street: a slope with six discs on it, blurred by a texel. */
function discs(width: number, height: number): Float32Array {
  const size = { width, height };
  const values = Float32Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [(i % width) / width, Math.floor(i / width) / height];
    const [column, row] = [Math.floor(3 * x), Math.floor(2 * y)];
    const fromCenter = Math.hypot(3 * x - column - 0.5, 2 * y - row - 0.5);
    return 0.5 * y + (fromCenter < 0.35 ? 0.1 + 0.1 * (column + row) : 0);
  });
  return gaussianBlur(values, size, 1);
}
