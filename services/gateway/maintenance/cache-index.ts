/**
 * In-memory index of the depth maps and results that later jobs can reuse, fed by a watch of their
 * buckets. It finds the entries that refer to a blob without reading all of them.
 */
import type { KV, KvEntry } from "nats";
import { hashesIn } from "../../../kit/blobs/store.js";
import type { Log } from "../../../kit/log.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { FollowedRevision } from "../../../kit/nats/followed-revision.js";
import { lastRevision } from "../../../kit/nats/kv.js";
import { watchKv } from "../../../kit/nats/kv-watch.js";
import type { Buckets } from "../../../pipeline/topology/mesh-state.js";
import { CACHE_TTL_MS, tenantOfCacheEntry } from "../../../pipeline/topology/names.js";

export const CACHE_KINDS = ["depth-map", "result"] as const;
export type CacheKind = (typeof CACHE_KINDS)[number];

export interface CacheEntry {
  readonly kind: CacheKind;
  /** Key in the bucket of its kind. */
  readonly key: string;
  /** Whose jobs can reuse it. */
  readonly tenant: string;
  readonly storedAtMs: number;
  /** SHA-256 of every blob that a user of the entry needs. */
  readonly blobs: readonly string[];
  /** Id of the job that has made a result; empty for a depth map. */
  readonly job: string;
}

export class CacheIndex {
  readonly #bus: Bus;
  readonly #buckets: Readonly<Record<CacheKind, KV>>;
  readonly #log: Log;
  readonly #entries = new Map<string, CacheEntry>();
  readonly #followed: Readonly<Record<CacheKind, FollowedRevision>> = {
    "depth-map": new FollowedRevision("depth maps"),
    result: new FollowedRevision("results"),
  };
  readonly #idsByBlob = new Map<string, Set<string>>();

  constructor(bus: Bus, buckets: Pick<Buckets, "depthMaps" | "results">, log: Log) {
    this.#bus = bus;
    this.#buckets = { "depth-map": buckets.depthMaps, result: buckets.results };
    this.#log = log;
  }

  /** Follows the buckets until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(CACHE_KINDS.map((kind) => this.#follow(kind, signal)));
  }

  /**
   * Resolves when the index knows every entry that was stored before this call. Throws
   * BUS_UNAVAILABLE when a bucket was not read within 2 s.
   */
  async upToDate(): Promise<void> {
    for (const kind of CACHE_KINDS) {
      await this.#followed[kind].reaches(await lastRevision(this.#buckets[kind]));
    }
  }

  /** The entries that have not expired, in no particular order. */
  entries(): CacheEntry[] {
    const oldestMs = Date.now() - CACHE_TTL_MS;
    for (const [id, { storedAtMs }] of this.#entries) if (storedAtMs < oldestMs) this.#drop(id);
    return [...this.#entries.values()];
  }

  /** The entries that refer to a blob. */
  referringTo(sha256: string): CacheEntry[] {
    const ids = this.#idsByBlob.get(sha256) ?? [];
    return [...ids].flatMap((id) => this.#entries.get(id) ?? []);
  }

  /** Removes an entry from its bucket and from the index. Throws BUS_UNAVAILABLE. */
  async remove(entry: CacheEntry): Promise<void> {
    await this.#buckets[entry.kind].delete(entry.key);
    if (this.#entries.get(idOf(entry)) === entry) this.#drop(idOf(entry));
  }

  async #follow(kind: CacheKind, signal: AbortSignal): Promise<void> {
    const changes = watchKv(
      { bus: this.#bus, bucket: this.#buckets[kind], tellsVanished: true },
      signal,
    );
    for await (const change of changes) {
      if (change.kind === "current") this.#followed[kind].tookAll(change.revision);
      else {
        this.#take(kind, change.entry);
        this.#followed[kind].took(change.entry.revision);
      }
    }
  }

  #take(kind: CacheKind, entry: KvEntry): void {
    const id = idOf({ kind, key: entry.key });
    this.#drop(id);
    if (entry.operation !== "PUT") return;
    try {
      const storedAtMs = entry.created.getTime();
      const { key } = entry;
      const tenant = tenantOfCacheEntry(key);
      const value = { kind, key, tenant, storedAtMs, ...contentOf(kind, entry.string()) };
      this.#entries.set(id, value);
      for (const sha256 of value.blobs) {
        const ids = this.#idsByBlob.get(sha256) ?? new Set();
        this.#idsByBlob.set(sha256, ids.add(id));
      }
    } catch (error) {
      this.#log.warn({ err: error, key: entry.key }, "a cache entry cannot be read: left out");
    }
  }

  #drop(id: string): void {
    for (const sha256 of this.#entries.get(id)?.blobs ?? []) {
      const ids = this.#idsByBlob.get(sha256);
      ids?.delete(id);
      if (ids?.size === 0) this.#idsByBlob.delete(sha256);
    }
    this.#entries.delete(id);
  }
}

function idOf({ kind, key }: Pick<CacheEntry, "kind" | "key">): string {
  return `${kind}/${key}`;
}

function contentOf(kind: CacheKind, text: string): Pick<CacheEntry, "blobs" | "job"> {
  const value = JSON.parse(text) as Readonly<Record<string, unknown>>;
  // A depth map also names the hash of its model, which is no blob.
  const { photo, disparity, thumbnail, job } = value;
  const referring = kind === "depth-map" ? { photo, disparity, thumbnail } : value;
  // Copies: a hash cut out of the text would keep the whole text in memory.
  const blobs = hashesIn(JSON.stringify(referring)).map((hash) => Buffer.from(hash).toString());
  return { blobs, job: kind === "result" && typeof job === "string" ? job : "" };
}
