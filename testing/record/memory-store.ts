/** A store of job records in memory, for tests. */
import { EventEmitter, on } from "node:events";
import type { KvPosition } from "../../kit/nats/kv.js";
import type { JobRecord } from "../../pipeline/record/record.js";
import type { JobStore, StoreChange, Versioned } from "../../pipeline/record/store.js";
import { upgradeRecord } from "../../pipeline/record/stored-record.js";

const CHANGE = "change";
const CREATED = "2026-01-01T00:00:00Z";

export class MemoryJobStore implements JobStore {
  readonly #records = new Map<string, Versioned>();
  /** As the markers that a bucket keeps. */
  readonly #removals = new Map<string, number>();
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #revision = 0;

  async create(record: JobRecord): Promise<number | undefined> {
    return this.#records.has(record.id) ? undefined : this.#put(record);
  }

  async read(id: string): Promise<Versioned | undefined> {
    return this.#records.get(id);
  }

  async replace(record: JobRecord, revision: number): Promise<number | undefined> {
    if (this.#records.get(record.id)?.revision !== revision) return undefined;
    return this.#put(record);
  }

  async remove(id: string, revision?: number): Promise<boolean> {
    if (revision !== undefined && this.#records.get(id)?.revision !== revision) return false;
    if (this.#records.delete(id)) {
      this.#revision += 1;
      this.#removals.set(id, this.#revision);
      this.#emit({ kind: "removed", id, revision: this.#revision });
    }
    return true;
  }

  async *watch(id: string, signal: AbortSignal): AsyncGenerator<JobRecord> {
    for await (const change of this.watchAll(signal)) {
      if (change.kind === "removed" && change.id === id) return;
      if (change.kind === "put" && change.record.id === id) yield change.record;
    }
  }

  async *watchAll(signal: AbortSignal, after?: KvPosition): AsyncGenerator<StoreChange> {
    if (signal.aborted) return;
    // It listens before it reads: a change between the two comes twice, the newer one last.
    const changes = on(this.#changes, CHANGE, { signal });
    const lastRevision = this.#revision;
    yield* this.#existing(after);
    yield { kind: "current", revision: lastRevision };
    try {
      for await (const [change] of changes) yield change as StoreChange;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async *changesAfter(_signal: AbortSignal, after?: KvPosition): AsyncGenerator<StoreChange> {
    const revision = this.#revision;
    yield* this.#existing(after);
    yield { kind: "current", revision };
  }

  *#existing(after: KvPosition | undefined): Generator<StoreChange> {
    const isSame = after?.created === CREATED && after.revision <= this.#revision;
    const from = isSame ? after.revision : 0;
    const puts = [...this.#records.values()].map(
      (found): StoreChange => ({ kind: "put", ...found }),
    );
    const removals = [...this.#removals].map(
      ([id, revision]): StoreChange => ({ kind: "removed", id, revision }),
    );
    yield* [...puts, ...(from > 0 ? removals : [])]
      .filter(({ revision }) => revision > from)
      .sort((a, b) => a.revision - b.revision);
  }

  async position(): Promise<KvPosition> {
    return { created: CREATED, revision: this.#revision };
  }

  async lastRevision(): Promise<number> {
    return this.#revision;
  }

  async ids(): Promise<string[]> {
    return [...this.#records.keys()].sort().reverse();
  }

  #put(record: JobRecord): number {
    this.#revision += 1;
    this.#removals.delete(record.id);
    // A copy, as from a disk: nothing is shared with the caller.
    const stored = upgradeRecord(structuredClone(record));
    this.#records.set(record.id, { record: stored, revision: this.#revision });
    this.#emit({ kind: "put", record: stored, revision: this.#revision });
    return this.#revision;
  }

  #emit(change: StoreChange): void {
    this.#changes.emit(CHANGE, change);
  }
}
