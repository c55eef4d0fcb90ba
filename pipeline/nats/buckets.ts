/** The buckets of the mesh. Binding to one asks nothing of the server, so it need not exist yet. */
import type { KV } from "nats";
import type { Bus } from "../../kit/nats/connect.js";
import {
  DEPTH_MAPS_BUCKET,
  JOBS_BUCKET,
  REQUESTS_BUCKET,
  RESULTS_BUCKET,
  WORKERS_BUCKET,
} from "./subjects.js";

export interface Buckets {
  readonly jobs: KV;
  readonly requests: KV;
  /** Which blobs hold the depth map of an origin. */
  readonly depthMaps: KV;
  /** Which blobs hold the result of a photo and a specification. */
  readonly results: KV;
  /** What workers say of themselves; see worker-facts.ts. */
  readonly workers: KV;
}

export async function bindBuckets(bus: Bus): Promise<Buckets> {
  const bind = (name: string) =>
    bus.jetstream.views.kv(name, { bindOnly: true, allow_direct: true });
  const [jobs, requests, depthMaps, results, workers] = await Promise.all([
    bind(JOBS_BUCKET),
    bind(REQUESTS_BUCKET),
    bind(DEPTH_MAPS_BUCKET),
    bind(RESULTS_BUCKET),
    bind(WORKERS_BUCKET),
  ]);
  return { jobs, requests, depthMaps, results, workers };
}
