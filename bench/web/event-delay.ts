/** How long after its time an event of a job reaches a reader over HTTP, and one over gRPC. */
import type { DepthmeshClient } from "../../client/client.js";
import type { Photo } from "../../testing/photos.js";
import { atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { percentile } from "../../testing/statistics.js";
import { readEvents } from "../../testing/web/read-events.js";
import { type BenchMesh, clipOf, uncachedSpec } from "../bench-mesh.js";

const JOBS = 6;
const P95_AIM_MS = 100;

export async function* eventDelay(
  { mesh, client }: BenchMesh,
  photo: Photo,
): AsyncGenerator<BenchLine> {
  const delays = { grpc: [] as number[], http: [] as number[] };
  const spec = uncachedSpec({ clip: clipOf(640, 360, 2, 24) });
  for (let job = 0; job < JOBS; job++) {
    const { name } = await client.createJobFromFiles(spec, { photo: photo.path });
    const [grpc, http] = await Promise.all([
      delaysOverGrpc(client, name),
      delaysOverHttp(mesh.webAddress, name),
    ]);
    delays.grpc.push(...grpc);
    delays.http.push(...http);
  }
  const figure = figuresOf("web", "delay of events");
  yield figure("events read over HTTP", delays.http.length, "");
  yield figure("over gRPC, p95", percentile(delays.grpc, 0.95), "ms");
  yield figure("over HTTP, median", percentile(delays.http, 0.5), "ms");
  yield atMost("server-sent events, p95", percentile(delays.http, 0.95), P95_AIM_MS, "ms");
}

/** What was there before the reader is not late. */
function delayOf(time: Date | undefined, beganAtMs: number): number | undefined {
  const atMs = time?.getTime() ?? 0;
  return atMs < beganAtMs ? undefined : Math.max(0, Date.now() - atMs);
}

async function delaysOverGrpc(client: DepthmeshClient, name: string): Promise<number[]> {
  const beganAtMs = Date.now();
  const found: number[] = [];
  for await (const { time } of client.watchJob(name)) {
    const delay = delayOf(time, beganAtMs);
    if (delay !== undefined) found.push(delay);
  }
  return found;
}

async function delaysOverHttp(address: string, name: string): Promise<number[]> {
  const beganAtMs = Date.now();
  const found: number[] = [];
  for await (const { event, data } of readEvents(await fetch(`${address}/v1/${name}/events`))) {
    if (event === "end") continue;
    const delay = delayOf(new Date(String(data.time)), beganAtMs);
    if (delay !== undefined) found.push(delay);
  }
  return found;
}
