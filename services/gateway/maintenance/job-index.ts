/** What the gateway knows of all jobs without asking: whole records of those that live, a few facts of those that ended. */
import { pause } from "../../../kit/async/delay.js";
import type { Log } from "../../../kit/log.js";
import { isTerminal, type JobRecord, type JobState } from "../../../pipeline/record/record.js";
import type { JobStore } from "../../../pipeline/record/store.js";

const REOPEN_DELAY_MS = 1_000;

export interface EndedJob {
  readonly id: string;
  readonly state: JobState;
  readonly endedAtMs: number;
  /** Of its last history entry. */
  readonly lastEntry: number;
}

/** Who wants to hear of each change. Called in the order of the changes; must not wait. */
export interface JobListener {
  onRecord?(record: JobRecord): void;
  onRemoved?(id: string): void;
}

export class JobIndex {
  readonly #store: Pick<JobStore, "watchAll">;
  readonly #log: Log;
  readonly #live = new Map<string, JobRecord>();
  readonly #ended = new Map<string, EndedJob>();
  readonly #listeners: JobListener[] = [];

  constructor(store: Pick<JobStore, "watchAll">, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  /** Before `run`: who listens later has missed what there was. */
  listen(listener: JobListener): void {
    this.#listeners.push(listener);
  }

  get live(): ReadonlyMap<string, JobRecord> {
    return this.#live;
  }

  get ended(): ReadonlyMap<string, EndedJob> {
    return this.#ended;
  }

  has(id: string): boolean {
    return this.#live.has(id) || this.#ended.has(id);
  }

  /** Follow the store until the signal fires. A watch that breaks is opened again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const change of this.#store.watchAll(signal)) {
          if (change.kind === "put") this.#put(change.record);
          else if (change.kind === "removed") this.forget(change.id);
        }
      } catch (error) {
        this.#log.warn({ err: error }, "the watch over the jobs broke; it is opened again");
      }
      await pause(REOPEN_DELAY_MS, signal);
    }
  }

  /** The record is gone: from the watch, or from whoever looked for it in vain. */
  forget(id: string): void {
    this.#live.delete(id);
    this.#ended.delete(id);
    for (const listener of this.#listeners) listener.onRemoved?.(id);
  }

  #put(record: JobRecord): void {
    const { id, state } = record;
    const last = record.history.at(-1);
    if (!isTerminal(record)) {
      this.#ended.delete(id);
      this.#live.set(id, record);
    } else {
      this.#live.delete(id);
      const endedAtMs = last?.atMs ?? record.updatedAtMs;
      this.#ended.set(id, { id, state, endedAtMs, lastEntry: last?.number ?? 0 });
    }
    for (const listener of this.#listeners) listener.onRecord?.(record);
  }
}
