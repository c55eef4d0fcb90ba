/** Implements the store of job records (store.ts) with a JetStream KV bucket. */
import type { KV } from "nats";
import { unlessChanged } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import {
  bucketKeys,
  entryAtLeast,
  type KvPosition,
  lastPosition,
  lastRevision,
} from "../../kit/nats/kv.js";
import { watchKv } from "../../kit/nats/kv-watch.js";
import { readEntries, type StoredEntry } from "../../kit/nats/read-entries.js";
import { UnreadableEntries } from "../../kit/nats/unreadable.js";
import type { JobRecord } from "./record.js";
import type { JobStore, ReadOptions, StoreChange, Versioned } from "./store.js";
import { isUnreadable, parseRecord } from "./stored-record.js";

export class KvJobStore implements JobStore {
  readonly #bucket: KV;
  readonly #bus: Bus;
  readonly #unreadable: UnreadableEntries;

  constructor(bucket: KV, bus: Bus) {
    this.#bucket = bucket;
    this.#bus = bus;
    this.#unreadable = new UnreadableEntries(bus.log);
  }

  create(record: JobRecord): Promise<number | undefined> {
    return unlessChanged(() => this.#bucket.create(record.id, encode(record)));
  }

  async read(id: string, { atLeast = 0 }: ReadOptions = {}): Promise<Versioned | undefined> {
    const entry = await entryAtLeast(this.#bucket, id, atLeast);
    if (entry?.operation !== "PUT") return undefined;
    return { record: parseRecord(entry.value, id), revision: entry.revision };
  }

  replace(record: JobRecord, revision: number): Promise<number | undefined> {
    return unlessChanged(() => this.#bucket.update(record.id, encode(record), revision));
  }

  async remove(id: string, revision?: number): Promise<boolean> {
    const options = revision === undefined ? {} : { previousSeq: revision };
    const removed = await unlessChanged(async () => {
      await this.#bucket.delete(id, options);
      return true;
    });
    return removed ?? false;
  }

  async *watch(id: string, signal: AbortSignal): AsyncGenerator<JobRecord> {
    const options = { bus: this.#bus, bucket: this.#bucket, key: id };
    for await (const change of watchKv(options, signal)) {
      if (change.kind === "current") continue;
      if (change.entry.operation !== "PUT") return;
      const record = this.#recordIn(change.entry);
      if (record) yield record;
    }
  }

  async *watchAll(signal: AbortSignal, after?: KvPosition): AsyncGenerator<StoreChange> {
    const options = { bus: this.#bus, bucket: this.#bucket, ...(after && { after }) };
    for await (const change of watchKv(options, signal)) {
      yield change.kind === "current" ? change : this.#changeIn(change.entry);
    }
  }

  async *changesAfter(signal: AbortSignal, after?: KvPosition): AsyncGenerator<StoreChange> {
    const position = await this.position();
    let last = position.revision;
    const from = after?.created === position.created ? after.revision : 0;
    for await (const entry of readEntries(this.#bus, this.#bucket, from, signal)) {
      yield this.#changeIn(entry);
      last = Math.max(last, entry.revision);
    }
    if (!signal.aborted) yield { kind: "current", revision: last };
  }

  #changeIn(entry: StoredEntry): StoreChange {
    const { key: id, revision } = entry;
    if (entry.operation !== "PUT") return { kind: "removed", id, revision };
    const record = this.#recordIn(entry);
    return record ? { kind: "put", record, revision } : { kind: "unreadable", id, revision };
  }

  position(): Promise<KvPosition> {
    return lastPosition(this.#bucket);
  }

  lastRevision(): Promise<number> {
    return lastRevision(this.#bucket);
  }

  async ids(): Promise<string[]> {
    const keys = await bucketKeys(this.#bus.manager, this.#bucket);
    return keys.sort().reverse();
  }

  /** Undefined, after it is logged and counted, when it cannot be read. */
  #recordIn({ bucket, key, value, revision }: StoredEntry): JobRecord | undefined {
    try {
      return parseRecord(value, key);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      this.#unreadable.skip(bucket, key, revision, error);
      return undefined;
    }
  }
}

const encode = (record: JobRecord) => JSON.stringify(record);
