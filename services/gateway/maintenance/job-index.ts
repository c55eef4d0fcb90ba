/**
 * In-memory index of all jobs, fed by one watch of the job store: whole records of unfinished jobs,
 * a few facts of ended ones. It spares the other parts of maintenance reading all records from
 * NATS; they also listen to its changes.
 */
import { pause } from "../../../kit/async/delay.js";
import type { Log } from "../../../kit/log.js";
import { FollowedRevision } from "../../../kit/nats/followed-revision.js";
import {
  isSegment,
  isTerminal,
  type JobRecord,
  type JobState,
} from "../../../pipeline/record/record.js";
import type { JobStore } from "../../../pipeline/record/store.js";
import { SortedIds } from "./sorted-ids.js";

const REOPEN_DELAY_MS = 1_000;

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
  /** The record of a segment, which is no job (`isSegment`). */
  onSegment?(record: JobRecord): void;
  onRemoved?(id: string): void;
}

export class JobIndex {
  readonly #store: Pick<JobStore, "watchAll" | "lastRevision">;
  readonly #log: Log;
  readonly #live = new Map<string, JobRecord>();
  readonly #ended = new Map<string, EndedJob>();
  readonly #segments = new Map<string, JobRecord>();
  readonly #listeners: JobListener[] = [];
  readonly #followed = new FollowedRevision("job records");
  /** All ids, and those of each tenant. */
  readonly #sorted = new SortedIds();
  readonly #sortedOf = new Map<string, SortedIds>();
  readonly #liveOf = new Map<string, number>();

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

  /** The segments of unfinished jobs by id, and those of ended jobs until they are removed. */
  get segments(): ReadonlyMap<string, JobRecord> {
    return this.#segments;
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

  /** How many jobs of a tenant have not ended. */
  liveOf(tenant: string): number {
    return this.#liveOf.get(tenant) ?? 0;
  }

  /**
   * Ids of a tenant's jobs, or of all jobs, newest first. Jobs that come or go while it is read may
   * be missing.
   */
  newestFirst(tenant?: string): Iterable<string> {
    const sorted = tenant === undefined ? this.#sorted : this.#sortedOf.get(tenant);
    return sorted?.newestFirst() ?? [];
  }

  /**
   * Resolves when the index knows every change that was made before this call. Throws
   * BUS_UNAVAILABLE after 2 s.
   */
  async upToDate(): Promise<void> {
    await this.#followed.reaches(await this.#store.lastRevision());
  }

  /** Follows the store until the signal fires, and opens its watch again when that breaks. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const change of this.#store.watchAll(signal)) {
          if (change.kind === "put") this.#put(change.record);
          else if (change.kind === "removed") this.forget(change.id);
          else if (change.kind === "unreadable") this.#drop(change.id);
          if (change.kind === "current") this.#followed.tookAll(change.revision);
          else this.#followed.took(change.revision);
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
    this.#segments.delete(id);
    const live = this.#live.get(id);
    const known = live ?? this.#ended.get(id);
    if (!known) return;
    if (live) this.#countLive(live.tenant, -1);
    this.#live.delete(id);
    this.#ended.delete(id);
    this.#sorted.remove(id);
    const ofTenant = this.#sortedOf.get(known.tenant);
    ofTenant?.remove(id);
    if (ofTenant?.size === 0) this.#sortedOf.delete(known.tenant);
  }

  #put(record: JobRecord): void {
    if (isSegment(record)) {
      this.#segments.set(record.id, record);
      for (const listener of this.#listeners) listener.onSegment?.(record);
      return;
    }
    const { id, tenant, state, createdAtMs, labels, deletedAtMs } = record;
    const last = record.history.at(-1);
    if (!this.has(id)) this.#addSorted(tenant, id);
    const wasLive = this.#live.has(id);
    const isLive = !isTerminal(record);
    if (isLive !== wasLive) this.#countLive(tenant, isLive ? 1 : -1);
    if (isLive) {
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

  #addSorted(tenant: string, id: string): void {
    const ofTenant = this.#sortedOf.get(tenant) ?? new SortedIds();
    this.#sortedOf.set(tenant, ofTenant);
    for (const sorted of [this.#sorted, ofTenant]) sorted.add(id);
  }

  #countLive(tenant: string, change: 1 | -1): void {
    const live = this.liveOf(tenant) + change;
    if (live > 0) this.#liveOf.set(tenant, live);
    else this.#liveOf.delete(tenant);
  }
}
