/** The quotas of all tenants, kept up to date by a watch of the bucket that holds them. */
import type { KV, KvEntry } from "nats";
import type { Bus } from "../../../kit/nats/connect.js";
import { followKv } from "../../../kit/nats/follow-kv.js";
import { UnreadableEntries } from "../../../kit/nats/unreadable.js";
import { type Quota, quotaIn } from "./quota.js";

const PREFIX = "quota.";

export class QuotaBook {
  readonly #bucket: Pick<KV, "put" | "delete">;
  readonly #defaults: Quota;
  readonly #set = new Map<string, Quota>();
  readonly #stop = new AbortController();

  constructor(bucket: Pick<KV, "put" | "delete">, defaults: Quota) {
    this.#bucket = bucket;
    this.#defaults = defaults;
  }

  /** Starts the watch. Resolves when the quotas that are set now are known. */
  async open(bus: Bus, bucket: KV): Promise<void> {
    const unreadable = new UnreadableEntries(bus.log);
    await followKv({ bus, bucket, key: `${PREFIX}*` }, this.#stop.signal, {
      take: (entry) => this.#take(entry, unreadable),
    });
  }

  /** What the tenant may use. */
  of(tenant: string): Quota {
    return this.#set.get(tenant) ?? this.#defaults;
  }

  /**
   * Sets a tenant's quota, or forgets it, so that the settings hold again. Other gateways know it a
   * moment later. Throws BUS_UNAVAILABLE.
   */
  async set(tenant: string, quota: Quota | undefined): Promise<void> {
    if (quota) {
      await this.#bucket.put(PREFIX + tenant, JSON.stringify(quota));
      this.#set.set(tenant, quota);
    } else {
      await this.#bucket.delete(PREFIX + tenant);
      this.#set.delete(tenant);
    }
  }

  close(): void {
    this.#stop.abort();
  }

  /** What cannot be read is no quota: the settings hold. */
  #take({ bucket, key, operation, value, revision }: KvEntry, unreadable: UnreadableEntries): void {
    const tenant = key.slice(PREFIX.length);
    const quota = operation === "PUT" ? quotaIn(value) : undefined;
    if (quota) this.#set.set(tenant, quota);
    else this.#set.delete(tenant);
    if (operation === "PUT" && !quota) unreadable.skip(bucket, key, revision, undefined);
  }
}
