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
} from "nats";
import { pause, retryDelayMs } from "../../kit/async/delay.js";
import { BLOBS_BUCKET, objectStreamConfig } from "../../kit/blobs/nats-names.js";
import { isNotFound } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { LANES, STAGES } from "../stages.js";
import { untilClusterCan } from "./cluster-state.js";
import {
  type Copies,
  ensureBucket,
  ensureStream,
  type NamedStream,
  ONE_COPY,
} from "./ensure-stream.js";
import { type Buckets, bindBuckets, type MeshState, stateOf } from "./mesh-state.js";
import {
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

export interface TopologySettings {
  /** Used as the ack wait of the consumers. */
  readonly leaseMs: number;
  /** How many orders may wait in one lane of the depth stage. */
  readonly queueLimit: number;
  /** Where blobs lie; "nats" needs an object store. */
  readonly blobStore?: string;
  /** One copy by default. */
  readonly copies?: Copies;
}

/** Creates what is missing, and updates what is configured differently. */
export async function ensureTopology(bus: Bus, settings: TopologySettings): Promise<Buckets> {
  const { copies = ONE_COPY } = settings;
  const stream = (config: NamedStream) => ensureStream(bus, config, copies);
  const bucket = (name: string, ttlMs?: number, storage = StorageType.File) => {
    const ttl = ttlMs === undefined ? {} : { ttl: ttlMs };
    return ensureBucket(bus, name, { history: 1, storage, allow_direct: true, ...ttl }, copies);
  };
  await Promise.all([
    ...workStreams(settings.queueLimit).map(stream),
    stream({
      name: EVENTS_STREAM,
      subjects: ["dm.v1.event.>"],
      storage: StorageType.File,
      max_age: nanos(7 * DAY_MS),
    }),
    stream({
      name: DEAD_STREAM,
      subjects: ["dm.v1.dead.>"],
      storage: StorageType.File,
      max_age: nanos(14 * DAY_MS),
      // `depthmesh dead discard` removes dead letters.
      deny_delete: false,
    }),
    ...(settings.blobStore === "nats" ? [stream(objectStreamConfig(BLOBS_BUCKET))] : []),
    bucket(JOBS_BUCKET),
    bucket(REQUESTS_BUCKET, DAY_MS),
    bucket(DEPTH_MAPS_BUCKET, CACHE_TTL_MS),
    bucket(RESULTS_BUCKET, CACHE_TTL_MS),
    bucket(UPLOADS_BUCKET),
    bucket(TENANTS_BUCKET),
    bucket(USAGE_BUCKET, USAGE_DAYS * DAY_MS),
    // Longer than any stage: what a gateway that has died had claimed.
    bucket(CLAIMS_BUCKET, DAY_MS),
    bucket(KEYS_BUCKET),
    bucket(WEBHOOKS_BUCKET),
    // As long as the events of jobs, which decide whether a delivery is made.
    bucket(DELIVERIES_BUCKET, 7 * DAY_MS),
    bucket(WEBHOOK_FAILURES_BUCKET, 14 * DAY_MS),
    bucket(WORKERS_BUCKET, WORKER_FACTS_TTL_MS, StorageType.Memory),
    bucket(FLEET_BUCKET, WORKER_FACTS_TTL_MS, StorageType.Memory),
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

/** The settings of a gateway that say what the topology is like. */
export interface GatewayTopology extends Omit<TopologySettings, "copies"> {
  readonly natsReplicas: "1" | "3" | "5";
  readonly natsPlacement: string;
}

export function copiesOf(config: Pick<GatewayTopology, "natsReplicas" | "natsPlacement">): Copies {
  const tags = config.natsPlacement.split(",").map((tag) => tag.trim());
  return { replicas: Number(config.natsReplicas), placementTags: tags.filter((tag) => tag !== "") };
}

/**
 * The shared state for the gateway. Ensures the topology now, for which it waits until a cluster
 * can have it, and again after each return of the server, which loses what it keeps in memory when
 * it restarts.
 */
export async function stateOfGateway(bus: Bus, config: GatewayTopology): Promise<MeshState> {
  const settings = { ...config, copies: copiesOf(config) };
  const buckets = await untilClusterCan(bus, settings.copies, () => ensureTopology(bus, settings));
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
function workStreams(queueLimit: number): NamedStream[] {
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
