/**
 * One stream or bucket as it is configured: created where it is missing, changed where it differs,
 * with as many copies in a cluster of nats-servers as asked for.
 */
import { type KvOptions, nanos, type StreamConfig } from "nats";
import { isNotFound, isStreamNameInUse } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { bucketStream } from "./names.js";

/** Where the servers of a cluster keep streams and buckets. */
export interface Copies {
  /** How many servers have each stream; 1 outside a cluster. */
  readonly replicas: number;
  /** Tags that these servers have; any server if there are none. */
  readonly placementTags: readonly string[];
}

export const ONE_COPY: Copies = { replicas: 1, placementTags: [] };

export type NamedStream = Partial<StreamConfig> & { readonly name: string };

/** Throws BUS_UNAVAILABLE, also where the cluster cannot have the copies now (cluster-state.ts). */
export async function ensureStream(bus: Bus, config: NamedStream, copies: Copies): Promise<void> {
  const wanted = { ...config, ...placementOf(copies) };
  const existing = await configOf(bus, config.name);
  if (existing) return update(bus, existing, wanted, copies);
  try {
    await bus.manager.streams.add({ ...wanted, num_replicas: copies.replicas });
  } catch (error) {
    // Another gateway was faster, with other settings.
    if (!isStreamNameInUse(error)) throw error;
    await ensureStream(bus, config, copies);
  }
}

/** As `ensureStream`. What is special about a bucket's stream is left to nats.js. */
export async function ensureBucket(
  bus: Bus,
  name: string,
  options: Partial<KvOptions>,
  copies: Copies,
): Promise<void> {
  const existing = await configOf(bus, bucketStream(name));
  if (!existing) {
    const { replicas } = copies;
    await bus.jetstream.views.kv(name, { ...options, ...placementOf(copies), replicas });
    return;
  }
  const age = options.ttl === undefined ? {} : { max_age: nanos(options.ttl) };
  await update(bus, existing, { ...age, ...placementOf(copies) }, copies);
}

async function configOf(bus: Bus, stream: string): Promise<StreamConfig | undefined> {
  try {
    return (await bus.manager.streams.info(stream)).config;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function update(
  bus: Bus,
  existing: StreamConfig,
  wanted: Partial<StreamConfig>,
  { replicas }: Copies,
): Promise<void> {
  // Fewer copies would be less than somebody has asked for, perhaps by hand: they stay.
  const num_replicas = Math.max(existing.num_replicas, replicas);
  if (num_replicas > replicas) {
    const { name } = existing;
    bus.log.warn({ stream: name, num_replicas, replicas }, "more copies than asked for: they stay");
  }
  const changed = { ...wanted, num_replicas };
  if (differs(existing, changed)) await bus.manager.streams.update(existing.name, changed);
}

/** Whether the existing object lacks something that `wanted` names. */
function differs(existing: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return existing !== wanted;
  if (typeof existing !== "object" || existing === null) return true;
  const has = existing as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).some(([key, value]) => differs(has[key], value));
}

function placementOf({ placementTags }: Copies): Pick<StreamConfig, "placement"> | object {
  return placementTags.length === 0 ? {} : { placement: { cluster: "", tags: [...placementTags] } };
}
