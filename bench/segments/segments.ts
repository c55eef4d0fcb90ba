/**
 * One clip of 20 s in 1080p, whole and divided among 1, 2 and 4 workers of render and of encode:
 * the processor time of all processes, the time to the result, and whether the packets are the
 * same.
 */
import { join } from "node:path";
import { download } from "../../cli/job-files.js";
import { videoPackets } from "../../testing/encode/video.js";
import type { Photo } from "../../testing/photos.js";
import { descendants, processTimes } from "../../testing/process-facts.js";
import { type Aim, atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { type BenchMesh, clipOf, runToEnd, startBenchMesh, uncachedSpec } from "../bench-mesh.js";

const WORKERS = [1, 2, 4] as const;
const SEGMENT_SECONDS = "5";
/** On a busy machine of two cores. */
const TIMEOUT_MS = 1_200_000;
/** Of the processor time that one worker needs for the same segments. */
const MOST_MORE_PERCENT = 5;

const outputs = [{}];
const camera = { preset: "circle" };
const CLIP = uncachedSpec({ camera, outputs, clip: clipOf(1920, 1080, 20, 30) });
const WARM_UP = uncachedSpec({ camera, outputs, clip: clipOf(320, 180, 1, 12) });

interface Made {
  readonly processorSeconds: number;
  readonly seconds: number;
  readonly packets: readonly string[];
}

export async function* segments(photos: readonly Photo[]): AsyncGenerator<BenchLine> {
  const [photo] = photos;
  if (!photo) throw new Error("there is no photo");
  const whole = await make(photo, 1, "0");
  yield* figuresFor("whole, 1 worker", whole);
  let alone: Made | undefined;
  for (const workers of WORKERS) {
    const made = await make(photo, workers, SEGMENT_SECONDS);
    yield* figuresFor(`segments, ${workers} of each stage`, made);
    alone ??= made;
    if (workers === 1) continue;
    const more = 100 * (made.processorSeconds / alone.processorSeconds - 1);
    yield atMost(`processor time of ${workers} workers above one`, more, MOST_MORE_PERCENT, "%");
    yield sameAim(workers, made.packets.join() === alone.packets.join());
  }
}

function sameAim(workers: number, met: boolean): Aim {
  const aim = `packets of ${workers} workers are those of one`;
  return { aim, value: Number(met), target: "= 1", met };
}

function* figuresFor(where: string, { processorSeconds, seconds }: Made): Generator<BenchLine> {
  const figure = figuresOf("segments", where);
  yield figure("processor time", processorSeconds, "s");
  yield figure("time to the result", seconds, "s");
}

async function make(photo: Photo, workers: number, segmentSeconds: string): Promise<Made> {
  const environment = { DEPTHMESH_SEGMENT_SECONDS: segmentSeconds };
  const mesh = await startBenchMesh({ render: workers, encode: workers, environment });
  try {
    // Every worker has loaded its code and compiled its shaders.
    await Promise.all(
      Array.from({ length: 2 * workers }, () => runToEnd(mesh.client, WARM_UP, photo, TIMEOUT_MS)),
    );
    const before = await processorSeconds(mesh);
    const startedAtMs = performance.now();
    const job = await runToEnd(mesh.client, CLIP, photo, TIMEOUT_MS);
    const seconds = (performance.now() - startedAtMs) / 1000;
    const used = (await processorSeconds(mesh)) - before;
    const file = join(mesh.folder, "clip.mp4");
    await download(mesh.client, job, "video.mp4", file);
    return { processorSeconds: used, seconds, packets: await videoPackets(file) };
  } finally {
    await mesh.stop();
  }
}

/** Of all processes of the mesh, and of their children that have ended. */
async function processorSeconds({ mesh }: BenchMesh): Promise<number> {
  let sum = 0;
  const services = (["gateway", "depth", "render", "encode"] as const).flatMap((service) =>
    mesh.children(service),
  );
  for (const { pid = 0 } of services) {
    for (const one of [pid, ...(await descendants(pid)).map((child) => child.pid)]) {
      const { ownSeconds, childrenSeconds } = await processTimes(one);
      sum += ownSeconds + childrenSeconds;
    }
  }
  return sum;
}
