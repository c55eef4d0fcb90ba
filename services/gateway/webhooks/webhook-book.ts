/**
 * All webhooks, in the bucket `dm_webhooks`, and an index of them in memory, fed by a watch. Their
 * secrets are stored as they are, because messages are signed with them; of the users of NATS only
 * the gateway can read the bucket (deploy/nats-users.conf).
 */
import type { KV } from "nats";
import { DepthmeshError } from "../../../core/errors.js";
import { unlessChanged } from "../../../kit/nats/bus-errors.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { FollowedRevision } from "../../../kit/nats/followed-revision.js";
import { lastRevision } from "../../../kit/nats/kv.js";
import { watchKv } from "../../../kit/nats/kv-watch.js";
import { UnreadableEntries } from "../../../kit/nats/unreadable.js";
import { isId } from "../../../pipeline/record/id.js";
import { parseWebhook, type StoredWebhook } from "./webhook.js";

const PREFIX = "webhooks/";

export class WebhookBook {
  readonly #bus: Bus;
  readonly #bucket: KV;
  readonly #webhooks = new Map<string, StoredWebhook>();
  readonly #followed = new FollowedRevision("webhooks");
  readonly #stop = new AbortController();
  readonly #onGone = new Set<(id: string) => void>();

  constructor(bus: Bus, bucket: KV) {
    this.#bus = bus;
    this.#bucket = bucket;
  }

  /** Begins to follow the bucket. */
  open(): void {
    void this.#follow();
  }

  close(): void {
    this.#stop.abort();
  }

  /** `listener` is called when a webhook was deleted, or disabled. */
  onGone(listener: (id: string) => void): void {
    this.#onGone.add(listener);
  }

  /**
   * Resolves when the index knows every change that was made before this call. Throws
   * BUS_UNAVAILABLE after 2 s.
   */
  async upToDate(): Promise<void> {
    await this.#followed.reaches(await lastRevision(this.#bucket));
  }

  /** The webhooks of a tenant, in no particular order. */
  ofTenant(tenant: string): StoredWebhook[] {
    return [...this.#webhooks.values()].filter((webhook) => webhook.tenant === tenant);
  }

  /**
   * The webhook that a tenant calls `name`. One of another tenant is unknown. Throws
   * WEBHOOK_NOT_FOUND, BUS_UNAVAILABLE.
   */
  async named(tenant: string, name: string): Promise<StoredWebhook> {
    const id = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : "";
    await this.upToDate();
    const webhook = isId(id) ? this.#webhooks.get(id) : undefined;
    if (webhook?.tenant === tenant) return webhook;
    throw webhookNotFound(name);
  }

  /** The webhook as it is stored now. Throws BUS_UNAVAILABLE. */
  async read(id: string): Promise<StoredWebhook | undefined> {
    const entry = await this.#bucket.get(id);
    return entry?.operation === "PUT" ? parseWebhook(entry.value) : undefined;
  }

  /** Throws BUS_UNAVAILABLE. */
  async create(webhook: StoredWebhook): Promise<void> {
    await this.#bucket.create(webhook.id, JSON.stringify(webhook));
  }

  /** Nothing is sent to it any more; it stays in the list. Throws BUS_UNAVAILABLE. */
  async disable(id: string, atMs: number): Promise<void> {
    const entry = await this.#bucket.get(id);
    const webhook = entry?.operation === "PUT" ? parseWebhook(entry.value) : undefined;
    if (!entry || !webhook || webhook.disabledAtMs !== undefined) return;
    const disabled = JSON.stringify({ ...webhook, disabledAtMs: atMs });
    // Unless another gateway has disabled it, or its owner has deleted it.
    await unlessChanged(() => this.#bucket.update(id, disabled, entry.revision));
  }

  /** Throws BUS_UNAVAILABLE. */
  async remove(id: string): Promise<void> {
    await this.#bucket.delete(id);
  }

  async #follow(): Promise<void> {
    const unreadable = new UnreadableEntries(this.#bus.log);
    const changes = watchKv(
      { bus: this.#bus, bucket: this.#bucket, tellsVanished: true },
      this.#stop.signal,
    );
    for await (const change of changes) {
      if (change.kind === "entry") {
        const { bucket, key, operation, value, revision } = change.entry;
        const webhook = operation === "PUT" ? parseWebhook(value) : undefined;
        if (operation === "PUT" && !webhook) unreadable.skip(bucket, key, revision, undefined);
        this.#take(key, webhook);
        this.#followed.took(revision);
      } else this.#followed.tookAll(change.revision);
    }
  }

  #take(id: string, webhook: StoredWebhook | undefined): void {
    if (webhook) this.#webhooks.set(id, webhook);
    else this.#webhooks.delete(id);
    if (webhook && webhook.disabledAtMs === undefined) return;
    for (const listener of this.#onGone) listener(id);
  }
}

export function webhookNotFound(name: string, why = "there is no such webhook"): DepthmeshError {
  return new DepthmeshError("WEBHOOK_NOT_FOUND", why, {
    metadata: { name: name.slice(0, 64) },
  });
}
