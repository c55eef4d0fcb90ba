/**
 * Creates the streams, consumers and buckets of the mesh and keeps them as configured. Only the
 * gateway does so; the other services wait for them (mesh-state.ts).
 */
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "nats";
import { pause, retryDelayMs } from "../../kit/async/delay.js";
import { objectStream, objectSubjects } from "../../kit/blobs/nats-names.js";
import { isNotFound, isStreamNameInUse } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { LANES, STAGES } from "../stages.js";
import { type Buckets, bindBuckets, type MeshState, stateOf } from "./mesh-state.js";
import {
  BLOBS_BUCKET,
  CACHE_TTL_MS,
  CLAIMS_BUCKET,
  DEAD_STREAM,
  DELIVERIES_BUCKET,
  DEPTH_MAPS_BUCKET,
  EVENTS_STREAM,
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
  workSubject,
} from "./names.js";
import { WORKER_FACTS_TTL_MS } from "./worker-facts.js";

const DAY_MS = 24 * 3600 * 1000;
/** What was used is counted by the day. */
const USAGE_DAYS = 3;
const MAX_MESSAGE_BYTES = 64 * 1024;
/**
 * NATS's limit of deliveries, as a safety net only: failures and crashes are counted in the job
 * record (rule 6, poison).
 */
const MAX_DELIVER = 20;
/**
 * Orders that are worked on or postponed. With NATS's default of 1 000, postponed orders could keep
 * back all others.
 */
const MAX_ACK_PENDING = 100_000;

/**
 * As other clients make an object store. Nothing is read from a replica, which may not have it yet.
 */
const BLOBS_STREAM = {
  name: objectStream(BLOBS_BUCKET),
  subjects: objectSubjects(BLOBS_BUCKET),
  storage: StorageType.File,
  discard: DiscardPolicy.New,
  allow_rollup_hdrs: true,
};

export interface TopologySettings {
  /** Used as the ack wait of the consumers. */
  readonly leaseMs: number;
  /** How many orders may wait in one lane of the depth stage. */
  readonly queueLimit: number;
  /** Where blobs lie; "nats" needs an object store. */
  readonly blobStore?: string;
}

/** Creates what is missing, and updates what is configured differently. */
export async function ensureTopology(bus: Bus, settings: TopologySettings): Promise<Buckets> {
  await Promise.all([
    ...workStreams(settings.queueLimit).map((config) => ensureStream(bus, config)),
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
      // `depthmesh dead discard` removes dead letters.
      deny_delete: false,
    }),
    ...(settings.blobStore === "nats" ? [ensureStream(bus, BLOBS_STREAM)] : []),
    ensureBucket(bus, JOBS_BUCKET, {}),
    ensureBucket(bus, REQUESTS_BUCKET, { ttlMs: DAY_MS }),
    ensureBucket(bus, DEPTH_MAPS_BUCKET, { ttlMs: CACHE_TTL_MS }),
    ensureBucket(bus, RESULTS_BUCKET, { ttlMs: CACHE_TTL_MS }),
    ensureBucket(bus, UPLOADS_BUCKET, {}),
    ensureBucket(bus, TENANTS_BUCKET, {}),
    ensureBucket(bus, USAGE_BUCKET, { ttlMs: USAGE_DAYS * DAY_MS }),
    // Longer than any stage: what a gateway that has died had claimed.
    ensureBucket(bus, CLAIMS_BUCKET, { ttlMs: DAY_MS }),
    ensureBucket(bus, KEYS_BUCKET, {}),
    ensureBucket(bus, WEBHOOKS_BUCKET, {}),
    // As long as the events of jobs, which decide whether a delivery is made.
    ensureBucket(bus, DELIVERIES_BUCKET, { ttlMs: 7 * DAY_MS }),
    ensureBucket(bus, WEBHOOK_FAILURES_BUCKET, { ttlMs: 14 * DAY_MS }),
    ensureBucket(bus, WORKERS_BUCKET, { storage: StorageType.Memory, ttlMs: WORKER_FACTS_TTL_MS }),
    ensureBucket(bus, FLEET_BUCKET, { storage: StorageType.Memory, ttlMs: WORKER_FACTS_TTL_MS }),
  ]);
  await Promise.all(
    STAGES.flatMap((stage) =>
      LANES.map((lane) =>
        ensureConsumer(bus, workStream(stage), {
          durable_name: workConsumer(stage, lane),
          filter_subject: workSubject(stage, lane),
          ack_policy: AckPolicy.Explicit,
          deliver_policy: DeliverPolicy.All,
          ack_wait: nanos(settings.leaseMs),
          max_deliver: MAX_DELIVER,
          max_ack_pending: MAX_ACK_PENDING,
        }),
      ),
    ),
  );
  return bindBuckets(bus);
}

/**
 * The shared state for the gateway. Ensures the topology now, and again after each return of the
 * server, which loses what it keeps in memory when it restarts.
 */
export async function stateOfGateway(bus: Bus, settings: TopologySettings): Promise<MeshState> {
  const buckets = await ensureTopology(bus, settings);
  bus.connectionState.onReturn(() => void ensureUntilDone(bus, settings));
  return stateOf(bus, buckets);
}

/** Gives up when the server goes away again: its next return starts another attempt. */
async function ensureUntilDone(bus: Bus, settings: TopologySettings): Promise<void> {
  for (let attempt = 0; bus.connectionState.isUp; attempt++) {
    try {
      await ensureTopology(bus, settings);
      return;
    } catch (error) {
      bus.log.warn({ err: error }, "could not ensure the streams and buckets; trying again");
      await pause(retryDelayMs(attempt));
    }
  }
}

/**
 * Only the depth stage limits its lanes: new jobs can be refused, but an accepted job must find
 * room in the later stages.
 */
function workStreams(queueLimit: number): (Partial<StreamConfig> & { name: string })[] {
  const limited = {
    max_msgs_per_subject: queueLimit,
    discard: DiscardPolicy.New,
    discard_new_per_subject: true,
  };
  return STAGES.map((stage) => ({
    name: workStream(stage),
    subjects: LANES.map((lane) => workSubject(stage, lane)),
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    max_msg_size: MAX_MESSAGE_BYTES,
    ...(stage === "depth" && limited),
  }));
}

async function ensureBucket(
  bus: Bus,
  name: string,
  { storage = StorageType.File, ttlMs }: { storage?: StorageType; ttlMs?: number },
): Promise<void> {
  await bus.jetstream.views.kv(name, {
    ...{ history: 1, storage, allow_direct: true },
    ...(ttlMs !== undefined && { ttl: ttlMs }),
  });
}

async function ensureStream(
  bus: Bus,
  config: Partial<StreamConfig> & { name: string },
): Promise<void> {
  try {
    await bus.manager.streams.add(config);
  } catch (error) {
    if (!isStreamNameInUse(error)) throw error;
    await bus.manager.streams.update(config.name, config);
  }
}

async function ensureConsumer(
  bus: Bus,
  stream: string,
  config: Partial<ConsumerConfig> & { durable_name: string },
): Promise<void> {
  const existing = await bus.manager.consumers.info(stream, config.durable_name).catch((error) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (!existing) await bus.manager.consumers.add(stream, config);
  else if (differs(existing.config, config)) {
    await bus.manager.consumers.update(stream, config.durable_name, config);
  }
}

function differs(existing: ConsumerConfig, wanted: Partial<ConsumerConfig>): boolean {
  return (
    existing.ack_wait !== wanted.ack_wait || existing.max_ack_pending !== wanted.max_ack_pending
  );
}
