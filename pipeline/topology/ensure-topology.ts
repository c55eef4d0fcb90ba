/** Streams, consumers and buckets as they should be. Only the gateway makes and changes them; see bind.ts for the others. */
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
import { isNotFound, isStreamNameInUse } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { LANES, STAGES } from "../stages.js";
import { type Buckets, bindBuckets } from "./buckets.js";
import {
  DEAD_STREAM,
  DEPTH_MAPS_BUCKET,
  EVENTS_STREAM,
  JOBS_BUCKET,
  REQUESTS_BUCKET,
  RESULTS_BUCKET,
  WORKERS_BUCKET,
  workConsumer,
  workStream,
  workSubject,
} from "./names.js";
import { WORKER_FACTS_TTL_MS } from "./worker-facts.js";

const DAY_MS = 24 * 3600 * 1000;
const MAX_MESSAGE_BYTES = 64 * 1024;
/** A net only: poison is counted in the job record. */
const MAX_DELIVER = 20;
/** Orders that are worked on or put off. At NATS's own 1 000 those that were put off would keep back all others. */
const MAX_ACK_PENDING = 100_000;

export interface TopologySettings {
  /** The consumers' ack wait. */
  readonly leaseMs: number;
  /** Orders that may wait in one lane of the depth stage. */
  readonly queueLimit: number;
}

/** Create what is missing, change what is set otherwise. */
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
      // Dead letters can be discarded.
      deny_delete: false,
    }),
    ensureBucket(bus, JOBS_BUCKET, {}),
    ensureBucket(bus, REQUESTS_BUCKET, { ttlMs: DAY_MS }),
    ensureBucket(bus, DEPTH_MAPS_BUCKET, { ttlMs: 30 * DAY_MS }),
    ensureBucket(bus, RESULTS_BUCKET, { ttlMs: 30 * DAY_MS }),
    ensureBucket(bus, WORKERS_BUCKET, { storage: StorageType.Memory, ttlMs: WORKER_FACTS_TTL_MS }),
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

/** Ensure it now, and again after each return of the server: what it kept in memory is gone with it. */
export async function ownTopology(bus: Bus, settings: TopologySettings): Promise<Buckets> {
  const buckets = await ensureTopology(bus, settings);
  bus.connectionState.onReturn(() => void ensureUntilDone(bus, settings));
  return buckets;
}

/** Ends without success where the server goes again: its next return begins another. */
async function ensureUntilDone(bus: Bus, settings: TopologySettings): Promise<void> {
  for (let attempt = 0; bus.connectionState.isUp; attempt++) {
    try {
      await ensureTopology(bus, settings);
      return;
    } catch (error) {
      bus.log.warn({ err: error }, "streams and buckets not ensured; it is tried again");
      await pause(retryDelayMs(attempt));
    }
  }
}

/** Only new jobs are ever refused: an accepted one must find room in the later stages. */
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
