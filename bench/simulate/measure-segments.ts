/** What a clip in segments costs beside its frames: the same clip divided and whole. */
import type { MeasuredSegments } from "../../simulate/mesh/measured.js";
import type { Photo } from "../../testing/photos.js";
import { median } from "../../testing/statistics.js";
import { clipOf, runToEnd, startBenchMesh, uncachedSpec } from "../bench-mesh.js";
import { costOf, type ServiceCost } from "./job-cost.js";
import { JOB_TIMEOUT_MS, rounded } from "./measure-clips.js";

const SIZE = { width: 640, height: 360 };
const SECONDS = 16;
const SEGMENTS = 8;
const FRAMES_PER_SECOND = 10;
const RUNS = 3;

export async function measureSegments(photo: Photo): Promise<MeasuredSegments> {
  process.stderr.write("segments\n");
  const whole = await costs(photo, 0);
  const divided = await costs(photo, SECONDS / SEGMENTS);
  const more = (service: keyof ServiceCost) => {
    const of = (all: readonly ServiceCost[]) => median(all.map((cost) => cost[service]));
    return rounded((of(divided) - of(whole)) / SEGMENTS);
  };
  return {
    ...SIZE,
    renderMsPerSegment: more("render"),
    encodeMsPerSegment: more("encode"),
    gatewayMsPerSegment: more("gatewayMain"),
    natsMsPerSegment: more("nats"),
  };
}

async function costs(photo: Photo, segmentSeconds: number): Promise<ServiceCost[]> {
  const clip = clipOf(SIZE.width, SIZE.height, SECONDS, FRAMES_PER_SECOND);
  const spec = uncachedSpec({ camera: { preset: "circle" }, outputs: [{}], clip });
  const environment = { DEPTHMESH_SEGMENT_SECONDS: String(segmentSeconds) };
  const { mesh, client, stop } = await startBenchMesh({ environment });
  try {
    const run = () => runToEnd(client, spec, photo, JOB_TIMEOUT_MS);
    await run();
    const all: ServiceCost[] = [];
    while (all.length < RUNS) all.push(await costOf(mesh, run));
    return all;
  } finally {
    await stop();
  }
}
