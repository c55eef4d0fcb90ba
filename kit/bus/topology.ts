/** Streams, consumers and buckets. Every process ensures them at start, so that the order of starting does not matter. */
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  type KV,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "nats";
import type { Bus } from "./connect.js";
import {
  DEAD_STREAM,
  DEPTH_MAPS_BUCKET,
  EVENTS_STREAM,
  JOBS_BUCKET,
  LANES,
  REQUESTS_BUCKET,
  RESULTS_BUCKET,
  STAGES,
  WORKERS_BUCKET,
  workConsumer,
  workStream,
  workSubject,
} from "./subjects.js";
import { WORKER_FACTS_TTL_MS } from "./worker-facts.js";

const DAY_MS = 24 * 3600 * 1000;
const MAX_MESSAGE_BYTES = 64 * 1024;
/** Orders that may wait in one lane of the depth stage; only new jobs are ever refused. */
const DEPTH_QUEUE_LIMIT = 10_000;
/** A net only: poison is counted in the job record. */
const MAX_DELIVER = 20;
const STREAM_EXISTS_WITH_OTHER_CONFIG = 10058;

export interface Buckets {
  readonly jobs: KV;
  readonly requests: KV;
  /** Which blobs hold the depth map of an origin. */
  readonly depthMaps: KV;
  /** Which job has made a result already; see kit/jobs/result-cache.ts. */
  readonly results: KV;
  /** What workers say of themselves; see worker-facts.ts. */
  readonly workers: KV;
}

/** Create what is missing. `leaseMs` becomes the consumers' ack wait. */
export async function ensureTopology(bus: Bus, leaseMs: number): Promise<Buckets> {
  await Promise.all([
    ...STAGES.map((stage) =>
      ensureStream(bus, {
        name: workStream(stage),
        subjects: LANES.map((lane) => workSubject(stage, lane)),
        retention: RetentionPolicy.Workqueue,
        storage: StorageType.File,
        max_msg_size: MAX_MESSAGE_BYTES,
        ...(stage === "depth" && {
          max_msgs_per_subject: DEPTH_QUEUE_LIMIT,
          discard: DiscardPolicy.New,
          discard_new_per_subject: true,
        }),
      }),
    ),
    ensureStream(bus, {
      name: EVENTS_STREAM,
      subjects: ["dm.v1.event.>"],
      storage: StorageType.File,
      max_age: nanos(7 * DAY_MS),
    }),
    ensureStream(bus, {
      name: DEAD_STREAM,
      subjects: ["dm.v1.dead.>"],
      storage: StorageType.File,
      max_age: nanos(14 * DAY_MS),
    }),
  ]);
  await Promise.all(
    STAGES.flatMap((stage) =>
      LANES.map((lane) =>
        ensureConsumer(bus, workStream(stage), {
          durable_name: workConsumer(stage, lane),
          filter_subject: workSubject(stage, lane),
          ack_policy: AckPolicy.Explicit,
          deliver_policy: DeliverPolicy.All,
          ack_wait: nanos(leaseMs),
          max_deliver: MAX_DELIVER,
        }),
      ),
    ),
  );
  const [jobs, requests, depthMaps, results, workers] = await Promise.all([
    bus.jetstream.views.kv(JOBS_BUCKET, { history: 1, storage: StorageType.File }),
    bus.jetstream.views.kv(REQUESTS_BUCKET, { history: 1, storage: StorageType.File, ttl: DAY_MS }),
    bus.jetstream.views.kv(DEPTH_MAPS_BUCKET, {
      history: 1,
      storage: StorageType.File,
      ttl: 30 * DAY_MS,
    }),
    bus.jetstream.views.kv(RESULTS_BUCKET, {
      history: 1,
      storage: StorageType.File,
      ttl: 30 * DAY_MS,
    }),
    bus.jetstream.views.kv(WORKERS_BUCKET, {
      history: 1,
      storage: StorageType.Memory,
      ttl: WORKER_FACTS_TTL_MS,
    }),
  ]);
  return { jobs, requests, depthMaps, results, workers };
}

async function ensureStream(
  bus: Bus,
  config: Partial<StreamConfig> & { name: string },
): Promise<void> {
  try {
    await bus.manager.streams.add(config);
  } catch (error) {
    const code = error instanceof NatsError ? error.api_error?.err_code : undefined;
    if (code !== STREAM_EXISTS_WITH_OTHER_CONFIG) throw error;
    await bus.manager.streams.update(config.name, config);
  }
}

async function ensureConsumer(
  bus: Bus,
  stream: string,
  config: Partial<ConsumerConfig> & { durable_name: string },
): Promise<void> {
  const existing = await bus.manager.consumers
    .info(stream, config.durable_name)
    .catch(() => undefined);
  if (!existing) await bus.manager.consumers.add(stream, config);
  else if (existing.config.ack_wait !== config.ack_wait) {
    await bus.manager.consumers.update(stream, config.durable_name, config);
  }
}
