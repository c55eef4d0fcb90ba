/**
 * Frames per second through the mesh, compared with the same work in one process and with ffmpeg
 * alone, which encodes the same I420 frames from a file with the same options: 1920×1080, 5 s,
 * H.264 veryfast, all on one machine.
 */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { resolveSpec } from "../../core/spec/resolve-spec.js";
import type { JobSpec as CheckedSpec } from "../../core/spec/spec.js";
import { collect } from "../../kit/rpc/chunks.js";
import { readTrace } from "../../kit/telemetry/waterfall.js";
import { ArtifactKind, JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { photoRules } from "../../services/depth/config.js";
import { Decoder } from "../../services/depth/decode/decoder.js";
import { photoFit } from "../../services/depth/decode/fit.js";
import { rawInput } from "../../services/encode/arguments.js";
import { liveArguments } from "../../services/encode/live/fragments.js";
import type { Photo } from "../../testing/photos.js";
import { atLeast, atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { median } from "../../testing/statistics.js";
import { fromWireSpec } from "../../wire/spec.js";
import { type BenchMesh, clipOf, startBenchMesh } from "../bench-mesh.js";
import type { OneProcessFigures, OneProcessJob } from "./one-process.js";

const run = promisify(execFile);
const RUNS = 3;
const RATIO_AIMS = { horizontal: 0.6, circle: 0.4 } as const;
const OVERHEAD_AIM = 0.15;
const RULES = photoRules({ maxPixels: 50_000_000, photoFormats: "jpeg png webp" });
const RATE = { frameRateNumerator: 30, frameRateDenominator: 1 };
const FORMAT = { width: 1920, height: 1080, frames: 150, ...RATE };
type Preset = keyof typeof RATIO_AIMS;

/** Each seed makes another job with the same depth map and, without grain, the same frames. */
const specOf = (preset: Preset, seed: number) =>
  JobSpec.fromPartial({
    seed,
    camera: { preset },
    clip: clipOf(FORMAT.width, FORMAT.height, 5, 30),
    outputs: [{}],
    artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH],
  });

export async function* throughput([photo]: readonly Photo[]): AsyncGenerator<BenchLine> {
  if (!photo) return;
  const bench = await startBenchMesh();
  const aims: BenchLine[] = [];
  try {
    for (const preset of ["horizontal", "circle"] as const) {
      const folder = join(bench.folder, preset);
      await mkdir(folder);
      const spec = resolveSpec(fromWireSpec(specOf(preset, 0)), {
        models: ["depthmesh-tiny"],
        maxFrames: FORMAT.frames,
      });
      const mesh = await meshRuns(bench, photo, preset, join(folder, "depth.png"));
      await writeInput(folder, spec, photo);
      const alone = await oneProcess(folder);
      const ffmpeg = await ffmpegAlone(folder, spec);
      const rates = {
        "frames, whole job": FORMAT.frames / mesh.wholeSeconds,
        "frames, render and encode": FORMAT.frames / mesh.streamSeconds,
        "frames, one process": FORMAT.frames / alone,
        "frames, ffmpeg alone": FORMAT.frames / ffmpeg,
      };
      const figure = figuresOf("pipeline", `${photo.name}, ${preset}`);
      for (const [metric, rate] of Object.entries(rates)) yield figure(metric, rate, "frames/s");
      const aim = RATIO_AIMS[preset];
      const ofStream = ffmpeg / mesh.streamSeconds;
      const ofJob = ffmpeg / mesh.wholeSeconds;
      const overhead = mesh.streamSeconds / alone - 1;
      aims.push(
        atLeast(`${preset}: render and encode against ffmpeg alone`, ofStream, aim, ""),
        atLeast(`${preset}: whole job against ffmpeg alone`, ofJob, aim, ""),
        atMost(`${preset}: mesh against one process`, overhead, OVERHEAD_AIM, ""),
      );
    }
  } finally {
    await bench.stop();
  }
  yield* aims;
}

interface MeshSeconds {
  /** From the last uploaded byte to the job's end. */
  readonly wholeSeconds: number;
  /** From the request for the first frame to the finished file. */
  readonly streamSeconds: number;
}

/** The medians of several jobs; also writes their depth map to `depthFile`. */
async function meshRuns(
  { client, mesh }: BenchMesh,
  photo: Photo,
  preset: Preset,
  depthFile: string,
): Promise<MeshSeconds> {
  const whole: number[] = [];
  const stream: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const { name, traceId } = await client.createJobFromFiles(specOf(preset, i), {
      photo: photo.path,
    });
    const startedAtMs = performance.now();
    for await (const _ of client.watchJob(name));
    whole.push((performance.now() - startedAtMs) / 1000);
    const span = readTrace(mesh.traces, traceId).find((candidate) => candidate.name === "encode");
    if (!span) throw new Error(`${name} has no encode span`);
    stream.push(span.durationMs / 1000);
    const { chunks } = await client.readArtifact(`${name}/artifacts/depth.png`);
    await writeFile(depthFile, await collect(chunks));
  }
  return { wholeSeconds: median(whole), streamSeconds: median(stream) };
}

/** Writes the job and its pixel data, as the depth stage stores them. */
async function writeInput(folder: string, spec: CheckedSpec, photo: Photo): Promise<void> {
  const decoder = await Decoder.start({ memoryBytes: 2 ** 31, timeMs: 60_000, stallMs: 60_000 });
  const decoded = await decoder.photo(await readFile(photo.path), {
    ...RULES,
    fit: photoFit(spec, 0),
  });
  await decoder.close();
  const depth = await sharp(join(folder, "depth.png"))
    .toColourspace("grey16")
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  const sizeOf = ({ width, height }: { width: number; height: number }) => ({ width, height });
  const job: OneProcessJob = {
    spec,
    photoSize: sizeOf(decoded),
    disparitySize: sizeOf(depth.info),
  };
  await Promise.all([
    writeFile(join(folder, "job.json"), JSON.stringify(job)),
    writeFile(join(folder, "photo.rgb"), decoded.rgb),
    writeFile(join(folder, "disparity.u16"), depth.data),
  ]);
}

async function oneProcess(folder: string): Promise<number> {
  const script = fileURLToPath(new URL("./one-process.js", import.meta.url));
  const { stdout } = await run(process.execPath, [script, folder]);
  return median((JSON.parse(stdout) as OneProcessFigures).seconds);
}

async function ffmpegAlone(folder: string, { outputs }: CheckedSpec): Promise<number> {
  const [output] = outputs;
  if (!output) throw new Error("the job has no output");
  const planned = {
    output,
    encoder: { name: "libx264", codec: "h264" },
    keepsAlpha: false,
  } as const;
  const input = [...rawInput(FORMAT), "-i", join(folder, "frames.yuv")];
  const options = liveArguments(planned, FORMAT, 0, []);
  const seconds: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const startedAtMs = performance.now();
    await run("ffmpeg", ["-v", "error", "-y", ...input, ...options, join(folder, "alone.mp4")]);
    seconds.push((performance.now() - startedAtMs) / 1000);
  }
  return median(seconds);
}
