/**
 * The buckets of the mesh, and how a stage waits until the gateway has created those that it uses.
 */
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
  /** The blobs of a depth map, by a hash of what it was made from. */
  readonly depthMaps: KV;
  /** Results by a hash of what decides them; see result-cache.ts. */
  readonly results: KV;
  /** What workers announce about themselves; see worker-facts.ts. */
  readonly workers: KV;
}

/** Sends nothing to the server, so the buckets need not exist yet. */
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

/** The buckets that each stage uses; deploy/nats-users.conf allows it no others. */
const BUCKETS_OF: Readonly<Record<Stage, readonly string[]>> = {
  depth: [JOBS_BUCKET, DEPTH_MAPS_BUCKET, RESULTS_BUCKET],
  render: [JOBS_BUCKET, RESULTS_BUCKET],
  encode: [JOBS_BUCKET, RESULTS_BUCKET, WORKERS_BUCKET],
};

/**
 * Waits, without a time limit, until the streams, consumers and buckets that the stage uses exist.
 */
export async function waitForBuckets(bus: Bus, stage: Stage): Promise<Buckets> {
  const requests = [
    ...LANES.map(
      (lane) => () => bus.manager.consumers.info(workStream(stage), workConsumer(stage, lane)),
    ),
    ...BUCKETS_OF[stage].map((name) => () => bus.manager.streams.info(bucketStream(name))),
  ];
  for (const request of requests) await untilAnswered(bus, request);
  return bindBuckets(bus);
}

async function untilAnswered(bus: Bus, request: () => Promise<unknown>): Promise<void> {
  let loggedAtMs = 0;
  for (;;) {
    try {
      await request();
      return;
    } catch (error) {
      if (Date.now() - loggedAtMs > LOG_EVERY_MS) {
        loggedAtMs = Date.now();
        bus.log.warn({ err: error }, "waiting for the gateway to create the streams and buckets");
      }
      await pause(POLL_MS);
    }
  }
}
