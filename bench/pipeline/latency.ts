/**
 * How long one photo takes through the whole mesh: 1280×720, 3 s, 30 frames/s, one worker per
 * stage.
 */
import { readFile } from "node:fs/promises";
import { chunksOf } from "../../kit/rpc/chunks.js";
import { readTrace } from "../../kit/telemetry/trace-files.js";
import { JobState } from "../../proto/gen/depthmesh/v1/job.js";
import { SegmentKind } from "../../proto/gen/depthmesh/v1/segment.js";
import type { Photo } from "../../testing/photos.js";
import { atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { median } from "../../testing/statistics.js";
import { type BenchMesh, clipOf, startBenchMesh, uncachedSpec } from "../bench-mesh.js";

const RUNS = 3;
const TOTAL_AIM_SECONDS = 12;
const ACCEPTED_AIM_MS = 50;
const FIRST_FRAGMENT_AIM_SECONDS = 0.8;
const STEPS = ["decode", "infer", "refine", "build mesh", "render", "encode", "store"];
const CLIP = clipOf(1280, 720, 3, 30);

/** Measures from the last uploaded byte to the end of the job. */
export async function* photoToVideo(photos: readonly Photo[]): AsyncGenerator<BenchLine> {
  const bench = await startBenchMesh();
  const totals: number[] = [];
  const accepted: number[] = [];
  try {
    for (const photo of photos) {
      const bytes = await readFile(photo.path);
      // The first job of a process pays for code that is compiled on its first use.
      if (photo === photos[0]) await runOnce(bench, bytes);
      const runs: Run[] = [];
      for (let i = 0; i < RUNS; i++) runs.push(await runOnce(bench, bytes));
      const figure = figuresOf("pipeline", photo.name);
      for (const step of STEPS) {
        yield figure(step, median(runs.map((run) => run.steps.get(step) ?? 0)), "s");
      }
      totals.push(median(runs.map((run) => run.totalSeconds)));
      accepted.push(median(runs.map((run) => run.acceptedMs)));
      yield figure("accepted", accepted.at(-1) ?? 0, "ms");
      yield figure("total", totals.at(-1) ?? 0, "s");
    }
  } finally {
    await bench.stop();
  }
  const worst = Math.max(...totals);
  yield atMost("total from the last byte, worst photo", worst, TOTAL_AIM_SECONDS, "s");
  yield atMost("job accepted, worst photo", Math.max(...accepted), ACCEPTED_AIM_MS, "ms");
}

interface Run {
  readonly acceptedMs: number;
  readonly totalSeconds: number;
  /** Seconds by step; spans with the same name are added up. */
  readonly steps: ReadonlyMap<string, number>;
}

async function runOnce({ client, mesh }: BenchMesh, photo: Uint8Array): Promise<Run> {
  const upload = timedUpload(photo);
  const job = await client.createJob(uncachedSpec({ clip: CLIP }), { photo: upload.chunks });
  const acceptedMs = upload.sinceLastByteMs();
  for await (const { kind } of client.watchJob(job.name)) {
    if (kind?.$case === "stateChange" && kind.value.state === JobState.JOB_STATE_FAILED) {
      throw new Error(`the job failed: ${kind.value.reason}`);
    }
  }
  const totalSeconds = upload.sinceLastByteMs() / 1000;
  const steps = new Map<string, number>();
  for (const { name, durationMs } of readTrace(mesh.traces, job.traceId)) {
    steps.set(name, (steps.get(name) ?? 0) + durationMs / 1000);
  }
  return { acceptedMs, totalSeconds, steps };
}

/**
 * Measures from the last uploaded byte to the first fragment that a player can show, by Convert.
 */
export async function* firstFragment(photos: readonly Photo[]): AsyncGenerator<BenchLine> {
  const bench = await startBenchMesh();
  const medians: number[] = [];
  try {
    for (const photo of photos) {
      const bytes = await readFile(photo.path);
      if (photo === photos[0]) await secondsToFragment(bench, bytes);
      const seconds: number[] = [];
      for (let i = 0; i < RUNS; i++) seconds.push(await secondsToFragment(bench, bytes));
      medians.push(median(seconds));
      yield figuresOf("pipeline", photo.name)("first fragment", median(seconds), "s");
    }
  } finally {
    await bench.stop();
  }
  const aim = "first fragment from the last byte, worst photo";
  yield atMost(aim, Math.max(...medians), FIRST_FRAGMENT_AIM_SECONDS, "s");
}

/** The job runs on to its end, so that the next one has the machine for itself. */
async function secondsToFragment({ client }: BenchMesh, photo: Uint8Array): Promise<number> {
  const upload = timedUpload(photo);
  let missingBytes = Number.POSITIVE_INFINITY;
  let seconds = Number.NaN;
  const spec = uncachedSpec({ clip: CLIP });
  for await (const { kind } of client.convert(spec, { photo: upload.chunks })) {
    if (kind?.$case === "segment") {
      const { index, kind: segment, sizeBytes } = kind.value;
      const isFirst = index === 0 && segment === SegmentKind.SEGMENT_KIND_FRAGMENT;
      if (isFirst) missingBytes = sizeBytes;
    }
    if (kind?.$case !== "chunk" || !Number.isNaN(seconds)) continue;
    missingBytes -= kind.value.length;
    if (missingBytes <= 0) seconds = upload.sinceLastByteMs() / 1000;
  }
  return seconds;
}

/** An upload that knows when the transport took its last chunk: when it asked for another one. */
function timedUpload(photo: Uint8Array) {
  let lastByteMs = 0;
  async function* chunks() {
    yield* chunksOf(photo);
    lastByteMs = performance.now();
  }
  return { chunks: chunks(), sinceLastByteMs: () => performance.now() - lastByteMs };
}
