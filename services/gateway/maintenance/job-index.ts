/**
 * In-memory index of all jobs, fed by one watch of the job store: whole records of unfinished jobs,
 * a few facts of ended ones. It spares the other parts of maintenance reading all records from
 * NATS; they also listen to its changes.
 */
import { pause } from "../../../kit/async/delay.js";
import type { Log } from "../../../kit/log.js";
import { isTerminal, type JobRecord, type JobState } from "../../../pipeline/record/record.js";
import type { JobStore } from "../../../pipeline/record/store.js";

const REOPEN_DELAY_MS = 1_000;

export interface EndedJob {
  readonly id: string;
  readonly state: JobState;
  readonly endedAtMs: number;
  /** Number of its last history entry. */
  readonly lastEntry: number;
}

/** Called for each change, in the order of the changes. Must return without waiting. */
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

  /** Must be called before `run`: a later listener would miss the jobs that exist already. */
  listen(listener: JobListener): void {
    this.#listeners.push(listener);
  }

  /** Unfinished jobs by id. */
  get live(): ReadonlyMap<string, JobRecord> {
    return this.#live;
  }

  /** Ended jobs by id. */
  get ended(): ReadonlyMap<string, EndedJob> {
    return this.#ended;
  }

  /** How many jobs are in each state that has any. */
  countByState(): Map<JobState, number> {
    const counts = new Map<JobState, number>();
    for (const jobs of [this.#live, this.#ended]) {
      for (const { state } of jobs.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    return counts;
  }

  has(id: string): boolean {
    return this.#live.has(id) || this.#ended.has(id);
  }

  /** Follows the store until the signal fires, and opens its watch again when that breaks. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const change of this.#store.watchAll(signal)) {
          if (change.kind === "put") this.#put(change.record);
          else if (change.kind === "removed") this.forget(change.id);
          else if (change.kind === "unreadable") this.#drop(change.id);
        }
      } catch (error) {
        this.#log.warn({ err: error }, "the watch of the job records broke; it is opened again");
      }
      await pause(REOPEN_DELAY_MS, signal);
    }
  }

  /**
   * The record is gone: called for a removal in the watch, and by callers that could not find it.
   */
  forget(id: string): void {
    this.#drop(id);
    for (const listener of this.#listeners) listener.onRemoved?.(id);
  }

  /** Nobody can act on a record that cannot be read, but the job is not gone: it may come back. */
  #drop(id: string): void {
    this.#live.delete(id);
    this.#ended.delete(id);
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
