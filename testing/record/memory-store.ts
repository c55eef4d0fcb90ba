/** A store of job records in memory, for tests. */
import { EventEmitter, on } from "node:events";
import type { JobRecord } from "../../pipeline/record/record.js";
import type { JobStore, StoreChange, Versioned } from "../../pipeline/record/store.js";
import { upgradeRecord } from "../../pipeline/record/stored-record.js";

const CHANGE = "change";

export class MemoryJobStore implements JobStore {
  readonly #records = new Map<string, Versioned>();
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

  async *watchAll(signal: AbortSignal): AsyncGenerator<StoreChange> {
    if (signal.aborted) return;
    // It listens before it reads: a change between the two comes twice, the newer one last.
    const changes = on(this.#changes, CHANGE, { signal });
    const lastRevision = this.#revision;
    for (const existing of [...this.#records.values()]) yield { kind: "put", ...existing };
    yield { kind: "current", revision: lastRevision };
    try {
      for await (const [change] of changes) yield change as StoreChange;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async lastRevision(): Promise<number> {
    return this.#revision;
  }

  async ids(): Promise<string[]> {
    return [...this.#records.keys()].sort().reverse();
  }

  #put(record: JobRecord): number {
    this.#revision += 1;
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
