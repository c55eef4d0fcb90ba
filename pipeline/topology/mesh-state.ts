/**
 * Opens the state that all services share through NATS: the KV buckets, and the store of job
 * records in one of them. A worker waits here until the gateway has created what it needs.
 */

import type { KV } from "nats";
import { pause } from "../../kit/async/delay.js";
import type { CommonConfig } from "../../kit/config.js";
import type { Bus } from "../../kit/nats/connect.js";
import type { ServiceContext } from "../../kit/process/service.js";
import { KvJobStore } from "../record/kv-store.js";
import type { JobStore } from "../record/store.js";
import { LANES, type Stage } from "../stages.js";
import {
  bucketStream,
  CLAIMS_BUCKET,
  DELIVERIES_BUCKET,
  DEPTH_MAPS_BUCKET,
  FLEET_BUCKET,
  JOBS_BUCKET,
  KEYS_BUCKET,
  REQUESTS_BUCKET,
  RESULTS_BUCKET,
  TENANTS_BUCKET,
  UPLOADS_BUCKET,
  USAGE_BUCKET,
  WEBHOOK_FAILURES_BUCKET,
  WEBHOOKS_BUCKET,
  WORKERS_BUCKET,
  workConsumer,
  workStream,
} from "./names.js";

/** Workers start beside the gateway, which creates everything within a moment. */
const FIRST_POLL_MS = 25;
const POLL_MS = 250;
const LOG_AFTER_MS = 3_000;
const LOG_EVERY_MS = 10_000;

/** The buckets that each stage uses; deploy/nats-users.conf allows it no others. */
const BUCKETS_OF: Readonly<Record<Stage, readonly string[]>> = {
  depth: [JOBS_BUCKET, DEPTH_MAPS_BUCKET, RESULTS_BUCKET, FLEET_BUCKET],
  render: [JOBS_BUCKET, RESULTS_BUCKET, FLEET_BUCKET],
  encode: [JOBS_BUCKET, RESULTS_BUCKET, WORKERS_BUCKET, FLEET_BUCKET],
};

export interface Buckets {
  readonly jobs: KV;
  readonly requests: KV;
  /** The blobs of a depth map, by a hash of what it was made from. */
  readonly depthMaps: KV;
  /** Results by a hash of what decides them; see result-cache.ts. */
  readonly results: KV;
  /** Files that callers send in parts, by their ids. */
  readonly uploads: KV;
  /** What workers announce about themselves; see worker-facts.ts. */
  readonly workers: KV;
  /** Which processes the mesh has; see fleet.ts. */
  readonly fleet: KV;
  /** What each tenant may use, and the key of the page tokens. */
  readonly tenants: KV;
  /** What each tenant has used, by the day. */
  readonly usage: KV;
  /** Who is about to refer to which blob, where several gateways share the blobs. */
  readonly claims: KV;
  /** The hashes of the API keys, by their ids. Only gateways read and write it. */
  readonly keys: KV;
  /** Addresses that are told when jobs end. */
  readonly webhooks: KV;
  /** What is still to be sent to them. */
  readonly deliveries: KV;
  /** What was given up. */
  readonly webhookFailures: KV;
}

export interface MeshState {
  readonly buckets: Buckets;
  readonly store: JobStore;
}

/** What each service is built with: its process, the NATS connection and the shared state. */
export type PipelineContext<C extends CommonConfig> = ServiceContext<C> & MeshState;

/** `buckets` with the store of job records in one of them. */
export function stateOf(bus: Bus, buckets: Buckets): MeshState {
  return { buckets, store: new KvJobStore(buckets.jobs, bus) };
}

/**
 * Sends nothing to the server, so the buckets need not exist yet. Single keys are read from the
 * bucket's leader: any other server of a cluster may lack what was acknowledged a moment ago. Of
 * the caches, what is missing is only made again, and any server may answer.
 */
export async function bindBuckets(bus: Bus): Promise<Buckets> {
  const bind = (name: string, allow_direct = false) =>
    bus.jetstream.views.kv(name, { bindOnly: true, allow_direct });
  return {
    jobs: await bind(JOBS_BUCKET),
    requests: await bind(REQUESTS_BUCKET),
    depthMaps: await bind(DEPTH_MAPS_BUCKET, true),
    results: await bind(RESULTS_BUCKET, true),
    uploads: await bind(UPLOADS_BUCKET),
    workers: await bind(WORKERS_BUCKET),
    fleet: await bind(FLEET_BUCKET),
    tenants: await bind(TENANTS_BUCKET),
    usage: await bind(USAGE_BUCKET),
    claims: await bind(CLAIMS_BUCKET),
    keys: await bind(KEYS_BUCKET),
    webhooks: await bind(WEBHOOKS_BUCKET),
    deliveries: await bind(DELIVERIES_BUCKET),
    webhookFailures: await bind(WEBHOOK_FAILURES_BUCKET),
  };
}

/**
 * The shared state for a stage. Waits, without a time limit, until the gateway has created the
 * stage's consumers and the buckets that it uses.
 */
export const stateOfStage = (stage: Stage) => async (bus: Bus) => {
  const requests = [
    ...LANES.map(
      (lane) => () => bus.manager.consumers.info(workStream(stage), workConsumer(stage, lane)),
    ),
    ...BUCKETS_OF[stage].map((name) => () => bus.manager.streams.info(bucketStream(name))),
  ];
  await Promise.all(requests.map((request) => untilAnswered(bus, request)));
  return stateOf(bus, await bindBuckets(bus));
};

async function untilAnswered(bus: Bus, request: () => Promise<unknown>): Promise<void> {
  let logAtMs = performance.now() + LOG_AFTER_MS;
  for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(POLL_MS, 1.5 * pauseMs)) {
    try {
      await request();
      return;
    } catch (error) {
      if (performance.now() > logAtMs) {
        logAtMs = performance.now() + LOG_EVERY_MS;
        bus.log.warn({ err: error }, "waiting for the gateway to create the streams and buckets");
      }
      await pause(pauseMs);
    }
  }
}
