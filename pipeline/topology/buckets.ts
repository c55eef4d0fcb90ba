/** The buckets of the mesh. Binding to one asks nothing of the server, so it need not exist yet. */
import type { KV } from "nats";
import { pause } from "../../kit/async/delay.js";
import type { Bus } from "../../kit/nats/connect.js";
import { LANES, type Stage } from "../stages.js";
import {
  bucketStream,
  DEPTH_MAPS_BUCKET,
  JOBS_BUCKET,
  REQUESTS_BUCKET,
  RESULTS_BUCKET,
  WORKERS_BUCKET,
  workConsumer,
  workStream,
} from "./names.js";

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

const POLL_MS = 250;
const LOG_EVERY_MS = 10_000;

/** What each stage uses; deploy/nats-users.conf allows it no other bucket. */
const BUCKETS_OF: Readonly<Record<Stage, readonly string[]>> = {
  depth: [JOBS_BUCKET, DEPTH_MAPS_BUCKET, RESULTS_BUCKET],
  render: [JOBS_BUCKET, RESULTS_BUCKET],
  encode: [JOBS_BUCKET, RESULTS_BUCKET, WORKERS_BUCKET],
};

/** Waits, however long it takes, until everything that the stage uses exists. */
export const bindTo = (stage: Stage) => (bus: Bus) => bindTopology(bus, stage);

async function bindTopology(bus: Bus, stage: Stage): Promise<Buckets> {
  const needed = [
    ...LANES.map(
      (lane) => () => bus.manager.consumers.info(workStream(stage), workConsumer(stage, lane)),
    ),
    ...BUCKETS_OF[stage].map((name) => () => bus.manager.streams.info(bucketStream(name))),
  ];
  for (const look of needed) await untilAnswered(bus, look);
  return bindBuckets(bus);
}

async function untilAnswered(bus: Bus, look: () => Promise<unknown>): Promise<void> {
  let loggedAtMs = 0;
  for (;;) {
    try {
      await look();
      return;
    } catch (error) {
      if (Date.now() - loggedAtMs > LOG_EVERY_MS) {
        loggedAtMs = Date.now();
        bus.log.warn({ err: error }, "waiting for the gateway to set up NATS");
      }
      await pause(POLL_MS);
    }
  }
}
