/**
 * What is still to be sent, in the bucket `dm_deliveries`: one entry for each webhook and ended
 * job, which is the truth about the delivery. A gateway claims an entry by compare-and-set before
 * it sends; another one sends when the claim has stood longer than an attempt takes. A delivery
 * that is over leaves a marker, so that nobody makes it again, until it expires.
 */
import type { KV } from "nats";
import { z } from "zod";
import { unlessChanged } from "../../../kit/nats/bus-errors.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { watchKv } from "../../../kit/nats/kv-watch.js";
import { storedJson } from "../../../kit/nats/stored-json.js";
import { UnreadableEntries } from "../../../kit/nats/unreadable.js";
import { bucketStream, DELIVERIES_BUCKET } from "../../../pipeline/topology/names.js";

const deliverySchema = z.object({
  tenant: z.string(),
  webhook: z.string(),
  job: z.string(),
  body: z.string(),
  /** When the time of its attempts began. */
  sinceMs: z.number(),
  attempts: z.number().int(),
  nextAtMs: z.number(),
  /** A gateway is sending it, or has died while it did. */
  isClaimed: z.boolean(),
  lastStatus: z.number().int(),
  lastError: z.string(),
  /** It was given up before. */
  isRedelivery: z.boolean(),
});
export type Delivery = Readonly<z.infer<typeof deliverySchema>>;

export interface FoundDelivery {
  readonly delivery: Delivery;
  readonly revision: number;
}

export type DeliveryChange =
  | { readonly kind: "waiting"; readonly key: string; readonly found: FoundDelivery }
  | { readonly kind: "over"; readonly key: string };

/** `{webhook}.{job}` */
export const deliveryKey = ({ webhook, job }: Pick<Delivery, "webhook" | "job">) =>
  `${webhook}.${job}`;
export const webhookOfKey = (key: string) => key.split(".")[0] ?? "";

/** Everything throws BUS_UNAVAILABLE. */
export interface DeliveryStore {
  /** Does nothing if the delivery exists, or has existed. */
  create(delivery: Delivery): Promise<void>;
  /** Writes it in place of whatever is there. */
  renew(delivery: Delivery): Promise<void>;
  read(key: string): Promise<FoundDelivery | undefined>;
  /** The new revision; undefined if it was changed since `revision`. */
  replace(delivery: Delivery, revision: number): Promise<number | undefined>;
  /** It is over. False if it was changed since `revision`. */
  finish(key: string, revision: number): Promise<boolean>;
  /** Removes all deliveries of a webhook that is deleted. */
  removeOf(webhook: string): Promise<void>;
  /** The existing deliveries, then each change. Ends with the signal. */
  watch(signal: AbortSignal): AsyncGenerator<DeliveryChange>;
}

export class KvDeliveryStore implements DeliveryStore {
  readonly #bus: Bus;
  readonly #bucket: KV;

  constructor(bus: Bus, bucket: KV) {
    this.#bus = bus;
    this.#bucket = bucket;
  }

  async create(delivery: Delivery): Promise<void> {
    // Not `create`, which also writes over the marker of a delivery that is over.
    await unlessChanged(() =>
      this.#bucket.put(deliveryKey(delivery), JSON.stringify(delivery), { previousSeq: 0 }),
    );
  }

  async renew(delivery: Delivery): Promise<void> {
    await this.#bucket.put(deliveryKey(delivery), JSON.stringify(delivery));
  }

  async read(key: string): Promise<FoundDelivery | undefined> {
    const entry = await this.#bucket.get(key);
    const delivery =
      entry?.operation === "PUT" ? storedJson(deliverySchema, entry.value) : undefined;
    return entry && delivery ? { delivery, revision: entry.revision } : undefined;
  }

  replace(delivery: Delivery, revision: number): Promise<number | undefined> {
    return unlessChanged(() =>
      this.#bucket.update(deliveryKey(delivery), JSON.stringify(delivery), revision),
    );
  }

  async finish(key: string, revision: number): Promise<boolean> {
    const deleted = await unlessChanged(() =>
      this.#bucket.delete(key, { previousSeq: revision }).then(() => 0),
    );
    return deleted !== undefined;
  }

  async removeOf(webhook: string): Promise<void> {
    const filter = `$KV.${DELIVERIES_BUCKET}.${webhook}.*`;
    await this.#bus.manager.streams.purge(bucketStream(DELIVERIES_BUCKET), { filter });
  }

  async *watch(signal: AbortSignal): AsyncGenerator<DeliveryChange> {
    const unreadable = new UnreadableEntries(this.#bus.log);
    for await (const change of watchKv({ bus: this.#bus, bucket: this.#bucket }, signal)) {
      if (change.kind === "current") continue;
      const { bucket, key, operation, value, revision } = change.entry;
      const delivery = operation === "PUT" ? storedJson(deliverySchema, value) : undefined;
      if (operation === "PUT" && !delivery) unreadable.skip(bucket, key, revision, undefined);
      if (delivery) yield { kind: "waiting", key, found: { delivery, revision } };
      else yield { kind: "over", key };
    }
  }
}
