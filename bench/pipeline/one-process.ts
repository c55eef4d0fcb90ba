/**
 * A process that renders and encodes the clip of a job with the modules of the services, but
 * without a mesh. Its argument is a folder with job.json, photo.rgb and disparity.u16. It prints
 * the seconds of each run and writes the frames to frames.yuv.
 */
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Size } from "../../core/geometry/size.js";
import type { JobSpec } from "../../core/spec/spec.js";
import { EncoderTrials } from "../../services/encode/encoder-trials.js";
import { compiledEncoders } from "../../services/encode/ffmpeg.js";
import { openLive } from "../../services/encode/live/fragments.js";
import { SegmentStore } from "../../services/encode/live/segment-store.js";
import { planOutputs } from "../../services/encode/plan.js";
import { startEncoder } from "../../services/encode/start-encoder.js";
import {
  type SceneSource,
  sceneData,
  sceneSource,
  uint16View,
} from "../../services/render/build-scene.js";
import { clipPath } from "../../services/render/clip-states.js";
import { openDisplay } from "../../services/render/display.js";
import { Renderer, type RenderScene } from "../../services/render/renderer.js";

const RUNS = 3;
const WALL_SECONDS = 600;

/** What the bench writes for this process. */
export interface OneProcessJob {
  readonly spec: JobSpec;
  readonly photoSize: Size;
  readonly disparitySize: Size;
}

/** What it prints. */
export interface OneProcessFigures {
  /** For each run, from the request for the first frame to the finished file. */
  readonly seconds: readonly number[];
  readonly frames: number;
}

const fail = (why: Error) => {
  throw why;
};
const signal = new AbortController().signal;

async function main(folder: string): Promise<OneProcessFigures> {
  const job = JSON.parse(await readFile(join(folder, "job.json"), "utf8")) as OneProcessJob;
  const photo = await readFile(join(folder, "photo.rgb"));
  const disparity = uint16View(await readFile(join(folder, "disparity.u16")));
  await openDisplay(fail);
  const renderer = await Renderer.start(fail);
  const source = sceneSource({ ...job, photo, disparity });
  const scene = await renderer.open(sceneData(source, "fast", []));
  const seconds: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const startedAtMs = performance.now();
    await encode(scene, source, join(folder, `run-${run}`));
    seconds.push((performance.now() - startedAtMs) / 1000);
  }
  const file = await open(join(folder, "frames.yuv"), "w");
  const path = clipPath(source);
  for await (const { bytes } of scene.frames(path, signal)) await file.writeFile(bytes);
  await file.close();
  return { seconds, frames: path.length };
}

async function encode(scene: RenderScene, source: SceneSource, prefix: string): Promise<void> {
  const { spec } = source;
  const path = clipPath(source);
  const { numerator, denominator } = spec.clip.frameRate;
  const rate = { frameRateNumerator: numerator, frameRateDenominator: denominator };
  const format = { ...scene.size, frames: path.length, ...rate };
  const conditions = { working: await working, frame: scene.size, softwareOnly: false };
  const { planned } = planOutputs(spec.outputs, conditions);
  await mkdir(prefix);
  const segments = new SegmentStore();
  const live = await openLive(segments, planned, prefix);
  const request = {
    format,
    outputs: planned,
    folder: prefix,
    threads: 0,
    limits: { wallSeconds: WALL_SECONDS, stallMs: 60_000, memoryBytes: 8 * 1024 ** 3 },
  };
  const encoder = startEncoder({ ...request, ...(live && { live }) });
  for await (const { bytes } of scene.frames(path, signal)) await encoder.write(Buffer.from(bytes));
  await encoder.finish();
  await segments.retire();
}

const working = compiledEncoders()
  .then((compiled) => new EncoderTrials({ compiled, hardware: false }).all())
  .then((probed) => probed.filter(({ works }) => works).map(({ encoder }) => encoder));
await working;
process.stdout.write(`${JSON.stringify(await main(process.argv[2] ?? ""))}\n`);
process.exit();
