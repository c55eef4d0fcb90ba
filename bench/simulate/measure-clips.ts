/** What jobs of several sizes cost: pairs of two lengths, whose difference is that of frames. */
import type { MeasuredClip, MeasuredShared } from "../../simulate/mesh/measured.js";
import { untilEncodersKnown } from "../../testing/mesh/fixture.js";
import type { Photo } from "../../testing/photos.js";
import { median, slope } from "../../testing/statistics.js";
import { type BenchMesh, clipOf, runToEnd, startBenchMesh, uncachedSpec } from "../bench-mesh.js";
import { combine, costOf, type ServiceCost } from "./job-cost.js";

const SIZES = [
  { width: 640, height: 360 },
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
] as const;
type Size = (typeof SIZES)[number];
/** `circle` draws each frame, `horizontal` shows each of them twice. */
const PRESETS = ["circle", "horizontal"] as const;
/** Even numbers: with others no frame of `horizontal` shows an earlier one again. */
const FRAMES = { short: 16, long: 76 };
const FRAMES_PER_SECOND = 30;
const PAIRS = 4;
export const JOB_TIMEOUT_MS = 600_000;

/** A pair of jobs that differ in their number of frames only. */
interface Pair {
  readonly frame: ServiceCost;
  readonly once: ServiceCost;
  readonly jobs: readonly ServiceCost[];
  readonly resultBytes: number;
}

export interface ClipsMeasured {
  readonly clips: readonly MeasuredClip[];
  readonly shared: MeasuredShared;
}

export async function measureClips(photos: readonly Photo[]): Promise<ClipsMeasured> {
  const bench = await startBenchMesh();
  try {
    // The trials of other encoders would count as ffmpeg of the jobs beside them.
    await untilEncodersKnown(bench.client);
    const clips: MeasuredClip[] = [];
    const jobs: ServiceCost[] = [];
    for (const size of SIZES) {
      for (const preset of PRESETS) {
        process.stderr.write(`${size.width}x${size.height} ${preset}\n`);
        const pairs = await measurePairs(bench, photos, size, preset);
        clips.push(clipOfPairs(pairs, size, preset));
        jobs.push(...pairs.flatMap((pair) => pair.jobs));
      }
    }
    return { clips, shared: sharedOf(jobs) };
  } finally {
    await bench.stop();
  }
}

async function measurePairs(
  bench: BenchMesh,
  photos: readonly Photo[],
  size: Size,
  preset: string,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let run = 0; run <= PAIRS; run++) {
    const photo = photos[run % photos.length];
    if (!photo) throw new Error("there is no photo");
    const pair = await measurePair(bench, photo, size, preset);
    // The first pays for code that is compiled on its first use.
    if (run > 0) pairs.push(pair);
  }
  return pairs;
}

function clipOfPairs(pairs: readonly Pair[], size: Size, preset: string): MeasuredClip {
  const samples = (value: (pair: Pair) => number) => pairs.map((pair) => rounded(value(pair)));
  return {
    ...size,
    preset,
    depthMs: samples(({ once }) => once.depth),
    renderOnceMs: samples(({ once }) => once.render),
    renderFrameMs: samples(({ frame }) => frame.render),
    renderSerialShare: rounded(median(pairs.map(serialShare))),
    encodeOnceMs: samples(({ once }) => once.encode),
    encodeFrameMs: samples(({ frame }) => frame.encode),
    bytesPerFrame: Math.round(median(pairs.map(({ resultBytes }) => resultBytes / FRAMES.long))),
  };
}

async function measurePair(
  { mesh, client }: BenchMesh,
  photo: Photo,
  { width, height }: Size,
  preset: string,
): Promise<Pair> {
  let resultBytes = 0;
  const cost = (frames: number) => {
    const clip = clipOf(width, height, frames / FRAMES_PER_SECOND, FRAMES_PER_SECOND);
    const spec = uncachedSpec({ camera: { preset }, outputs: [{}], clip });
    return costOf(mesh, async () => {
      const { artifacts } = await runToEnd(client, spec, photo, JOB_TIMEOUT_MS);
      resultBytes = Number(artifacts.find(({ name }) => name.endsWith(".mp4"))?.sizeBytes ?? 0);
    });
  };
  const short = await cost(FRAMES.short);
  const long = await cost(FRAMES.long);
  const more = FRAMES.long - FRAMES.short;
  const frame = combine(long, short, (a, b) => (a - b) / more);
  const once = combine(short, frame, (job, each) => job - FRAMES.short * each);
  return { frame, once, jobs: [short, long], resultBytes };
}

/**
 * What each job costs the gateway and NATS, and each second of its work: leases are renewed,
 * progress is told. On a busy machine a job takes many seconds, so that only both together can be
 * compared.
 */
function sharedOf(jobs: readonly ServiceCost[]): MeasuredShared {
  const line = (service: keyof ServiceCost) => {
    const perSecond = slope(jobs.map((job) => [job.wall / 1000, job[service]]));
    const perSecondMs = Math.max(0, perSecond);
    const perJobMs = median(jobs.map((job) => job[service] - (perSecondMs * job.wall) / 1000));
    return { perJobMs: rounded(perJobMs), perSecondMs: rounded(perSecondMs) };
  };
  return { gateway: line("gateway"), gatewayMain: line("gatewayMain"), nats: line("nats") };
}

function serialShare({ frame }: Pair): number {
  return frame.renderSerial / frame.render;
}

/** Three significant digits, and no time below zero: collected garbage can make a difference so. */
export function rounded(value: number): number {
  return Number(Math.max(0, value).toPrecision(3));
}
