/**
 * In-memory index of all jobs, fed by one watch of the job store: whole records of unfinished jobs,
 * a few facts of ended ones. It spares the other parts of maintenance reading all records from
 * NATS; they also listen to its changes.
 */
import { DepthmeshError } from "../../../core/errors.js";
import { Condition } from "../../../kit/async/condition.js";
import { pause } from "../../../kit/async/delay.js";
import type { Log } from "../../../kit/log.js";
import { isTerminal, type JobRecord, type JobState } from "../../../pipeline/record/record.js";
import type { JobStore } from "../../../pipeline/record/store.js";

const REOPEN_DELAY_MS = 1_000;
/** Until then, a reader waits for the changes that were made before it asked. */
const UP_TO_DATE_LIMIT_MS = 2_000;

/** What lists of jobs are filtered by. */
export type ListedFacts = Pick<JobRecord, "tenant" | "state" | "createdAtMs" | "labels">;

export interface EndedJob extends ListedFacts {
  readonly id: string;
  readonly endedAtMs: number;
  /** Number of its last history entry. */
  readonly lastEntry: number;
  /** A client has deleted it; its files are being removed. */
  readonly deletedAtMs?: number;
}

/** Called for each change, in the order of the changes. Must return without waiting. */
export interface JobListener {
  onRecord?(record: JobRecord): void;
  onRemoved?(id: string): void;
}

export class JobIndex {
  readonly #store: Pick<JobStore, "watchAll" | "lastRevision">;
  readonly #log: Log;
  readonly #live = new Map<string, JobRecord>();
  readonly #ended = new Map<string, EndedJob>();
  readonly #listeners: JobListener[] = [];
  readonly #changed = new Condition();
  /** Ids in ascending order; undefined while nobody has asked for them. */
  #sorted: string[] | undefined;
  /** All changes up to this revision are known; -1 until the existing records are. */
  #revision = -1;

  constructor(store: Pick<JobStore, "watchAll" | "lastRevision">, log: Log) {
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

  /** Facts of a job; undefined for one that does not exist or was deleted. */
  factsOf(id: string): ListedFacts | undefined {
    const ended = this.#ended.get(id);
    if (ended) return ended.deletedAtMs === undefined ? ended : undefined;
    return this.#live.get(id);
  }

  /** Ids of all jobs, newest first. Jobs that come or go while it is read may be missing. */
  *newestFirst(): Generator<string> {
    this.#sorted ??= [...this.#live.keys(), ...this.#ended.keys()].sort();
    const ids = this.#sorted.slice();
    for (let i = ids.length - 1; i >= 0; i--) yield ids[i] ?? "";
  }

  /**
   * Resolves when the index knows every change that was made before this call. Throws
   * BUS_UNAVAILABLE after 2 s.
   */
  async upToDate(): Promise<void> {
    const signal = AbortSignal.timeout(UP_TO_DATE_LIMIT_MS);
    const revision = await this.#store.lastRevision();
    while (this.#revision < revision) {
      if (signal.aborted) {
        throw new DepthmeshError("BUS_UNAVAILABLE", "the gateway has not read all job records yet");
      }
      await this.#changed.wait(signal);
    }
  }

  /** Follows the store until the signal fires, and opens its watch again when that breaks. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const change of this.#store.watchAll(signal)) {
          if (change.kind === "put") this.#put(change.record);
          else if (change.kind === "removed") this.forget(change.id);
          else if (change.kind === "unreadable") this.#drop(change.id);
          // Before the existing records are all known, a single change tells nothing.
          if (change.kind === "current" || this.#revision >= 0) this.#revision = change.revision;
          this.#changed.notifyAll();
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
    if (this.has(id)) this.#removeSorted(id);
    this.#live.delete(id);
    this.#ended.delete(id);
  }

  #put(record: JobRecord): void {
    const { id, tenant, state, createdAtMs, labels, deletedAtMs } = record;
    const last = record.history.at(-1);
    if (!this.has(id)) this.#addSorted(id);
    if (!isTerminal(record)) {
      this.#ended.delete(id);
      this.#live.set(id, record);
    } else {
      this.#live.delete(id);
      const endedAtMs = last?.atMs ?? record.updatedAtMs;
      this.#ended.set(id, {
        ...{ id, tenant, state, createdAtMs, endedAtMs, lastEntry: last?.number ?? 0 },
        ...(labels && { labels }),
        ...(deletedAtMs !== undefined && { deletedAtMs }),
      });
    }
    for (const listener of this.#listeners) listener.onRecord?.(record);
  }

  #addSorted(id: string): void {
    this.#sorted?.splice(placeOf(this.#sorted, id), 0, id);
  }

  #removeSorted(id: string): void {
    const at = this.#sorted ? placeOf(this.#sorted, id) : 0;
    if (this.#sorted?.[at] === id) this.#sorted.splice(at, 1);
  }
}

/** Index of the first id that is not below `id`. New ids mostly belong at the end. */
function placeOf(sorted: readonly string[], id: string): number {
  let low = 0;
  let high = sorted.length;
  if ((sorted[high - 1] ?? "") < id) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? "") < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
