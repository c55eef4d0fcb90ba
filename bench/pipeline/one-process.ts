/**
 * A process that draws the clips of jobs with the renderer of the service and gives ffmpeg the
 * frames where they lie, without a copy and without a mesh. Its argument is a folder as
 * `prepareOneProcess` writes it. It prints what each run cost.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { type SceneSource, sceneData, sceneSource } from "../../core/scene/clip/clip-scene.js";
import { clipPath } from "../../core/scene/clip/clip-states.js";
import type { JobSpec } from "../../core/spec/spec.js";
import { openDisplay } from "../../services/render/display.js";
import { uint16View } from "../../services/render/job-source.js";
import type { RenderScene } from "../../services/render/render-scene.js";
import { Renderer } from "../../services/render/renderer.js";
import { processTimes } from "../../testing/process-facts.js";
import { ffmpegArguments } from "./ffmpeg-arguments.js";
import type { OneProcessCost, OneProcessJob } from "./one-process-job.js";

const fail = (why: Error) => {
  throw why;
};
const signal = new AbortController().signal;

interface Clip {
  readonly spec: JobSpec;
  readonly source: SceneSource;
  readonly scene: RenderScene;
}

async function main(folder: string): Promise<OneProcessCost[][]> {
  const job = JSON.parse(await readFile(join(folder, "job.json"), "utf8")) as OneProcessJob;
  const photo = await readFile(join(folder, "photo.rgb"));
  const disparity = uint16View(await readFile(join(folder, "disparity.u16")));
  await openDisplay(fail);
  const renderer = await Renderer.start(fail);
  const clips: Clip[] = [];
  for (const spec of job.specs) {
    const source = sceneSource({ ...job, spec, photo, disparity });
    clips.push({ spec, source, scene: await renderer.open(sceneData(source, "fast", [])) });
  }
  const costs: OneProcessCost[][] = clips.map(() => []);
  const file = join(folder, "one-process.mp4");
  for (let run = 0; run < job.runs; run++) {
    for (const [index, clip] of clips.entries()) costs[index]?.push(await costOf(clip, file));
  }
  const last = clips.at(-1);
  if (job.keepsFrames && last) await writeFrames(last, join(folder, "frames.yuv"));
  return costs;
}

/** From the request for the first frame to the finished file. */
async function costOf(clip: Clip, file: string): Promise<OneProcessCost> {
  const startedAtMs = performance.now();
  const before = await processTimes(process.pid);
  const beforeUs = process.cpuUsage();
  const frames = await encode(clip, file);
  const own = process.cpuUsage(beforeUs);
  const after = await processTimes(process.pid);
  return {
    frames,
    seconds: (performance.now() - startedAtMs) / 1000,
    ownCpuMs: (own.user + own.system) / 1000,
    ffmpegCpuMs: 1000 * (after.childrenSeconds - before.childrenSeconds),
  };
}

async function encode({ spec, source, scene }: Clip, file: string): Promise<number> {
  const path = clipPath(source);
  const { numerator, denominator } = spec.clip.frameRate;
  const rate = { frameRateNumerator: numerator, frameRateDenominator: denominator };
  const format = { ...scene.size, frames: path.length, ...rate };
  const ffmpeg = spawn("ffmpeg", ffmpegArguments(spec, format, "-", file), {
    stdio: ["pipe", "inherit", "inherit"],
  });
  const ended = once(ffmpeg, "exit");
  for await (const { bytes } of scene.frames(path, signal)) await written(ffmpeg, bytes);
  ffmpeg.stdin.end();
  const [status] = await ended;
  if (status !== 0) throw new Error(`ffmpeg ended with status ${status}`);
  return path.length;
}

/** Resolves when the kernel has all bytes: only then may the renderer write over them. */
function written(
  { stdin }: ChildProcessByStdio<Writable, null, null>,
  { buffer, byteOffset, byteLength }: Uint8Array,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // A view: Buffer.from of an array would copy it.
    const view = Buffer.from(buffer, byteOffset, byteLength);
    stdin.write(view, (error) => (error ? reject(error) : resolve()));
  });
}

async function writeFrames({ source, scene }: Clip, file: string): Promise<void> {
  const handle = await open(file, "w");
  for await (const { bytes } of scene.frames(clipPath(source), signal)) {
    await handle.writeFile(bytes);
  }
  await handle.close();
}

process.stdout.write(`${JSON.stringify(await main(process.argv[2] ?? ""))}\n`);
process.exit();
