/** How long one photo takes through the whole mesh: 1280×720, 3 s, 30 fps, one worker a stage. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DepthmeshClient } from "../../client/client.js";
import { chunksOf } from "../../kit/rpc/chunks.js";
import { readTrace } from "../../kit/telemetry/waterfall.js";
import { Mesh } from "../../launcher/mesh.js";
import { JobState } from "../../proto/gen/depthmesh/v1/job.js";
import { SegmentKind } from "../../proto/gen/depthmesh/v1/segment.js";
import { CachePolicy, JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import type { Photo } from "../../testing/photos.js";
import { type BenchMesh, startBenchMesh } from "../bench-mesh.js";
import { atMost, type BenchLine, median, rounded } from "../report.js";

const RUNS = 3;
const TOTAL_AIM_SECONDS = 12;
const ACCEPTED_AIM_MS = 50;
const STEPS = ["decode", "infer", "refine", "build mesh", "render", "encode", "store"];

const CLIP = {
  durationSeconds: 3,
  frameRate: { numerator: 30, denominator: 1 },
  width: 1280,
  height: 720,
};

interface Run {
  readonly acceptedMs: number;
  readonly totalSeconds: number;
  /** Seconds by step; where several spans share a name, their sum. */
  readonly steps: ReadonlyMap<string, number>;
}

export async function* photoToVideo(photos: readonly Photo[]): AsyncGenerator<BenchLine> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-bench-"));
  const data = join(folder, "data");
  const mesh = await Mesh.start({ data, depth: 1, render: 1, encode: 1, port: 0, logs: "file" });
  const client = new DepthmeshClient(mesh.address);
  const totals: number[] = [];
  const accepted: number[] = [];
  try {
    for (const photo of photos) {
      const bytes = await readFile(photo.path);
      // The first job of a process pays for code that is compiled on its first use.
      if (photo === photos[0]) await runOnce(client, mesh, bytes);
      const runs: Run[] = [];
      for (let i = 0; i < RUNS; i++) runs.push(await runOnce(client, mesh, bytes));
      const figure = (metric: string, value: number, unit: string) =>
        ({ bench: "pipeline", case: photo.name, metric, value: rounded(value), unit }) as const;
      for (const step of STEPS) {
        yield figure(step, median(runs.map((run) => run.steps.get(step) ?? 0)), "s");
      }
      totals.push(median(runs.map((run) => run.totalSeconds)));
      accepted.push(median(runs.map((run) => run.acceptedMs)));
      yield figure("accepted", accepted.at(-1) ?? 0, "ms");
      yield figure("total", totals.at(-1) ?? 0, "s");
    }
  } finally {
    client.close();
    await mesh.stop();
    await rm(folder, { recursive: true, force: true });
  }
  yield atMost(
    "total from the last byte, worst photo",
    Math.max(...totals),
    TOTAL_AIM_SECONDS,
    "s",
  );
  yield atMost("job accepted, worst photo", Math.max(...accepted), ACCEPTED_AIM_MS, "ms");
}

async function runOnce(client: DepthmeshClient, mesh: Mesh, photo: Uint8Array): Promise<Run> {
  let lastByteMs = 0;
  async function* upload() {
    yield* chunksOf(photo);
    // Asked for more: the transport has taken the last chunk.
    lastByteMs = performance.now();
  }
  const spec = JobSpec.fromPartial({ clip: CLIP, cachePolicy: CachePolicy.CACHE_POLICY_BYPASS });
  const job = await client.createJob(spec, { photo: upload() });
  const acceptedMs = performance.now() - lastByteMs;
  for await (const { kind } of client.watchJob(job.name)) {
    if (kind?.$case === "stateChange" && kind.value.state === JobState.JOB_STATE_FAILED) {
      throw new Error(`the job failed: ${kind.value.reason}`);
    }
  }
  const totalSeconds = (performance.now() - lastByteMs) / 1000;
  const steps = new Map<string, number>();
  for (const { name, durationMs } of readTrace(mesh.traces, job.traceId)) {
    steps.set(name, (steps.get(name) ?? 0) + durationMs / 1000);
  }
  return { acceptedMs, totalSeconds, steps };
}

const AIM_SECONDS = 2.5;

export async function* firstFragment(photos: readonly Photo[]): AsyncGenerator<BenchLine> {
  const bench = await startBenchMesh();
  const worst: number[] = [];
  try {
    for (const photo of photos) {
      const bytes = await readFile(photo.path);
      if (photo === photos[0]) await secondsToFragment(bench, bytes);
      const seconds: number[] = [];
      for (let i = 0; i < RUNS; i++) seconds.push(await secondsToFragment(bench, bytes));
      worst.push(median(seconds));
      const value = rounded(median(seconds));
      yield { bench: "pipeline", case: photo.name, metric: "first fragment", value, unit: "s" };
    }
  } finally {
    await bench.stop();
  }
  yield atMost(
    "first fragment from the last byte, worst photo",
    Math.max(...worst),
    AIM_SECONDS,
    "s",
  );
}

/** To the last byte of the first fragment; the job runs on to its end, so that the next one has the machine for itself. */
async function secondsToFragment({ client }: BenchMesh, photo: Uint8Array): Promise<number> {
  let lastByteMs = 0;
  async function* upload() {
    yield* chunksOf(photo);
    // Asked for more: the transport has taken the last chunk.
    lastByteMs = performance.now();
  }
  let missingBytes = Number.POSITIVE_INFINITY;
  let seconds = Number.NaN;
  const spec = JobSpec.fromPartial({ clip: CLIP, cachePolicy: CachePolicy.CACHE_POLICY_BYPASS });
  for await (const { kind } of client.convert(spec, { photo: upload() })) {
    if (kind?.$case === "segment") {
      const isFirst =
        kind.value.index === 0 && kind.value.kind === SegmentKind.SEGMENT_KIND_FRAGMENT;
      if (isFirst) missingBytes = kind.value.sizeBytes;
    }
    if (kind?.$case !== "chunk" || !Number.isNaN(seconds)) continue;
    missingBytes -= kind.value.length;
    if (missingBytes <= 0) seconds = (performance.now() - lastByteMs) / 1000;
  }
  return seconds;
}
