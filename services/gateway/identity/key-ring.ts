/**
 * All API keys of the mesh in this gateway's memory, kept up to date by a watch: a call waits for
 * no other process, and keys that were known work while NATS is away.
 */
import type { KvEntry } from "nats";
import type { Bus } from "../../../kit/nats/connect.js";
import { followKv } from "../../../kit/nats/follow-kv.js";
import { readBucket } from "../../../kit/nats/kv.js";
import { UnreadableEntries } from "../../../kit/nats/unreadable.js";
import type { Buckets } from "../../../pipeline/topology/mesh-state.js";
import { type KeyRecord, readKeyRecord } from "./key-record.js";
import type { VersionedKey } from "./key-store.js";

export class KeyRing {
  readonly #bus: Bus;
  readonly #bucket: Buckets["keys"];
  readonly #keys = new Map<string, VersionedKey>();
  readonly #unreadable: UnreadableEntries;
  readonly #stop = new AbortController();

  private constructor(bus: Bus, { keys }: Pick<Buckets, "keys">) {
    this.#bus = bus;
    this.#bucket = keys;
    this.#unreadable = new UnreadableEntries(bus.log);
  }

  /** Resolves when all keys are known. */
  static async open(bus: Bus, buckets: Pick<Buckets, "keys">): Promise<KeyRing> {
    const ring = new KeyRing(bus, buckets);
    await followKv({ bus, bucket: buckets.keys }, ring.#stop.signal, {
      take: (entry) => ring.#apply(entry),
      onReturn: () => ring.#readAnew(),
    });
    return ring;
  }

  close(): void {
    this.#stop.abort();
  }

  get(id: string): KeyRecord | undefined {
    return this.#keys.get(id)?.record;
  }

  /** The keys by their ids. */
  get all(): ReadonlyMap<string, VersionedKey> {
    return this.#keys;
  }

  /** What this process has read or written itself need not wait for the watch. */
  take(id: string, key: VersionedKey): void {
    const known = this.#keys.get(id);
    if (!known || known.revision < key.revision) this.#keys.set(id, key);
  }

  #apply({ bucket, key, operation, value, revision }: KvEntry): void {
    const known = this.#keys.get(key);
    // This process has written a later one already.
    if (known && known.revision >= revision) return;
    this.#keys.delete(key);
    if (operation !== "PUT") return;
    try {
      this.#keys.set(key, { record: readKeyRecord(value), revision });
    } catch (error) {
      // Nobody is let in by what nobody can read.
      this.#unreadable.skip(bucket, key, revision, error);
    }
  }

  /**
   * After a while without NATS: the watch does not tell of keys that were purged meanwhile, and a
   * bucket that was lost and made anew counts its revisions from 1 again.
   */
  async #readAnew(): Promise<void> {
    const before = new Map(this.#keys);
    const entries: KvEntry[] = [];
    try {
      await readBucket(this.#bus.manager, this.#bucket, (entry) => entries.push(entry));
    } catch (error) {
      this.#bus.log.debug({ err: error }, "could not read the API keys; the next return does");
      return;
    }
    // What this process has written meanwhile is newer than what was read.
    for (const [id, key] of before) if (this.#keys.get(id) === key) this.#keys.delete(id);
    for (const entry of entries) this.#apply(entry);
  }
}
