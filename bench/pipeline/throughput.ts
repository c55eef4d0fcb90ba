/**
 * Frames per second through the mesh, compared with the same work in one process and with ffmpeg
 * alone, which encodes the same I420 frames from a file with the same options: 1920×1080, 5 s,
 * H.264 veryfast, all on one machine. Jobs of the mesh and runs of ffmpeg take turns, and each job
 * is compared with the run after it, because a machine is not as fast at all times.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { JobSpec as CheckedSpec } from "../../core/spec/spec.js";
import { collect } from "../../kit/rpc/chunks.js";
import { readTrace } from "../../kit/telemetry/trace-files.js";
import { ArtifactKind, JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { untilEncodersKnown } from "../../testing/mesh/fixture.js";
import type { Photo } from "../../testing/photos.js";
import { atLeast, atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { median } from "../../testing/statistics.js";
import { type BenchMesh, clipOf, startBenchMesh } from "../bench-mesh.js";
import { ffmpegArguments } from "./ffmpeg-arguments.js";
import { checkedSpec, prepareOneProcess, runOneProcess } from "./one-process-job.js";

const run = promisify(execFile);
const RUNS = 3;
const RATIO_AIMS = { horizontal: 0.5, circle: 0.42 } as const;
const OVERHEAD_AIM = 0.15;
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
    await untilEncodersKnown(bench.client);
    for (const preset of ["horizontal", "circle"] as const) {
      const folder = join(bench.folder, preset);
      const spec = checkedSpec(specOf(preset, 0), FORMAT.frames);
      // The first job of a process pays for code that is compiled on its first use.
      const { depthMap } = await meshRun(bench, photo, preset, 0);
      const options = { runs: RUNS, keepsFrames: true };
      await prepareOneProcess(folder, [spec], photo, depthMap, options);
      const [costs = []] = await runOneProcess(folder);
      const alone = median(costs.map(({ seconds }) => seconds));
      const pairs: Pair[] = [];
      for (let i = 1; i <= RUNS; i++) {
        const mesh = await meshRun(bench, photo, preset, i);
        pairs.push({ ...mesh, ffmpegSeconds: await ffmpegAlone(folder, spec) });
      }
      const of = (value: (pair: Pair) => number) => median(pairs.map(value));
      const rates = {
        "frames, whole job": FORMAT.frames / of(({ wholeSeconds }) => wholeSeconds),
        "frames, render and encode": FORMAT.frames / of(({ streamSeconds }) => streamSeconds),
        "frames, one process": FORMAT.frames / alone,
        "frames, ffmpeg alone": FORMAT.frames / of(({ ffmpegSeconds }) => ffmpegSeconds),
      };
      const figure = figuresOf("pipeline", `${photo.name}, ${preset}`);
      for (const [metric, rate] of Object.entries(rates)) yield figure(metric, rate, "frames/s");
      const aim = RATIO_AIMS[preset];
      const ofStream = of(({ ffmpegSeconds, streamSeconds }) => ffmpegSeconds / streamSeconds);
      const ofJob = of(({ ffmpegSeconds, wholeSeconds }) => ffmpegSeconds / wholeSeconds);
      const overhead = of(({ streamSeconds }) => streamSeconds) / alone - 1;
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

interface MeshRun {
  /** From the last uploaded byte to the job's end. */
  readonly wholeSeconds: number;
  /** From the request for the first frame to the finished file. */
  readonly streamSeconds: number;
  /** PNG. */
  readonly depthMap: Uint8Array;
}

interface Pair extends MeshRun {
  readonly ffmpegSeconds: number;
}

async function meshRun(
  { client, mesh }: BenchMesh,
  photo: Photo,
  preset: Preset,
  seed: number,
): Promise<MeshRun> {
  const { name, traceId } = await client.createJobFromFiles(specOf(preset, seed), {
    photo: photo.path,
  });
  const startedAtMs = performance.now();
  for await (const _ of client.watchJob(name));
  const wholeSeconds = (performance.now() - startedAtMs) / 1000;
  const span = readTrace(mesh.traces, traceId).find((candidate) => candidate.name === "encode");
  if (!span) throw new Error(`${name} has no encode span`);
  const { chunks } = await client.readArtifact(`${name}/artifacts/depth.png`);
  return { wholeSeconds, streamSeconds: span.durationMs / 1000, depthMap: await collect(chunks) };
}

async function ffmpegAlone(folder: string, spec: CheckedSpec): Promise<number> {
  const startedAtMs = performance.now();
  const frames = join(folder, "frames.yuv");
  await run("ffmpeg", ffmpegArguments(spec, FORMAT, frames, join(folder, "alone.mp4")));
  return (performance.now() - startedAtMs) / 1000;
}
