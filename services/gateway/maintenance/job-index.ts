/**
 * In-memory index of unfinished jobs, fed by one watch of the job store. It spares the other parts
 * of maintenance reading records from NATS; they also listen to its changes. The catalogue has all
 * jobs: it gets every change too, and says where the watch may begin, so that a start reads what
 * has changed and not all that there is.
 */
import { DepthmeshError } from "../../../core/errors.js";
import { pause } from "../../../kit/async/delay.js";
import type { Log } from "../../../kit/log.js";
import { FollowedRevision } from "../../../kit/nats/followed-revision.js";
import type { KvPosition } from "../../../kit/nats/kv.js";
import {
  isSegment,
  isTerminal,
  type JobRecord,
  type JobState,
} from "../../../pipeline/record/record.js";
import type { JobStore, StoreChange, Versioned } from "../../../pipeline/record/store.js";
import { readIfReadable } from "../../../pipeline/record/stored-record.js";
import type { StartingPoint } from "../catalogue/catalogue.js";
import { KnownSegments } from "./known-segments.js";

const REOPEN_DELAY_MS = 1_000;

/** Called for each change, in the order of the changes. Must return without waiting. */
export interface JobListener {
  onRecord?(record: JobRecord): void;
  /** The record of a segment, which is no job (`isSegment`). */
  onSegment?(record: JobRecord): void;
  onRemoved?(id: string): void;
}

/** The catalogue, as the index sees it. */
export interface ChangeTaker {
  /** Undefined if all records must be read. */
  startingPoint(): Promise<StartingPoint | undefined>;
  take(change: StoreChange): void;
}

type FollowedStore = Pick<JobStore, "watchAll" | "lastRevision" | "read">;

const READS_AT_ONCE = 16;

export class JobIndex {
  readonly #store: FollowedStore;
  readonly #log: Log;
  readonly #live = new Map<string, JobRecord>();
  readonly #segments = new KnownSegments();
  readonly #listeners: JobListener[] = [];
  readonly #followed = new FollowedRevision("job records");
  readonly #liveOf = new Map<string, number>();
  /** It waits for the catalogue to say where it may begin. */
  #isBeginning = false;
  #isCurrent = false;
  readonly #catalogue: ChangeTaker | undefined;

  constructor(store: FollowedStore, log: Log, catalogue?: ChangeTaker) {
    this.#store = store;
    this.#log = log;
    this.#catalogue = catalogue;
  }

  /** Must be called before `run`: a later listener would miss the jobs that exist already. */
  listen(listener: JobListener): void {
    this.#listeners.push(listener);
  }

  /** Unfinished jobs by id. */
  get live(): ReadonlyMap<string, JobRecord> {
    return this.#live;
  }

  /** The segments of unfinished jobs, and those of ended jobs until they are removed. */
  get segments(): Pick<KnownSegments, "has" | "values" | "jobs" | "of" | "size"> {
    return this.#segments;
  }

  /** Whether all changes that there were at the start are known. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** How many unfinished jobs are in each state that has any. */
  countLive(): Map<JobState, number> {
    const counts = new Map<JobState, number>();
    for (const { state } of this.#live.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
  }

  /** How many jobs of a tenant have not ended. */
  liveOf(tenant: string): number {
    return this.#liveOf.get(tenant) ?? 0;
  }

  /**
   * Resolves when the index knows every change that was made before this call, with the revision
   * that it has reached. Throws BUS_UNAVAILABLE after 2 s, or CATALOGUE_UNAVAILABLE while the
   * catalogue of a gateway that has just started is being opened.
   */
  async upToDate(): Promise<number> {
    const revision = await this.#store.lastRevision();
    try {
      await this.#followed.reaches(revision);
    } catch (error) {
      if (!this.#isBeginning) throw error;
      const message = "the gateway has just started and opens the catalogue of jobs";
      throw new DepthmeshError("CATALOGUE_UNAVAILABLE", message, { cause: error });
    }
    return revision;
  }

  /** Follows the store until the signal fires, and opens its watch again when that breaks. */
  async run(signal: AbortSignal): Promise<void> {
    const after = await this.#begin(signal);
    while (!signal.aborted) {
      try {
        for await (const change of this.#store.watchAll(signal, after)) {
          this.#take(change);
          if (change.kind === "current") {
            this.#isCurrent = true;
            this.#followed.tookAll(change.revision);
          } else this.#followed.took(change.revision);
        }
      } catch (error) {
        this.#log.error({ err: error }, "the watch of the job records broke; it is opened again");
      }
      await pause(REOPEN_DELAY_MS, signal);
    }
  }

  /**
   * Reads the records that matter although they have not changed lately. A read that fails is
   * repeated: to follow all records instead would be much more of what NATS did not answer.
   */
  async #begin(signal: AbortSignal): Promise<KvPosition | undefined> {
    this.#isBeginning = true;
    const point = await this.#catalogue?.startingPoint();
    this.#isBeginning = false;
    if (!point) return undefined;
    const ids = point.ids.values();
    const readRest = async () => {
      for (const id of ids) {
        const found = await this.#readPatiently(id, signal);
        if (found && found !== "unreadable") this.#put(found);
      }
    };
    await Promise.all(Array.from({ length: READS_AT_ONCE }, readRest));
    return point.after;
  }

  /** Undefined also when the signal fires. */
  async #readPatiently(
    id: string,
    signal: AbortSignal,
  ): Promise<Awaited<ReturnType<typeof readIfReadable>>> {
    while (!signal.aborted) {
      try {
        return await readIfReadable(this.#store, id);
      } catch (error) {
        this.#log.warn({ err: error }, "a record could not be read; it is read again");
        await pause(REOPEN_DELAY_MS, signal);
      }
    }
    return undefined;
  }

  #take(change: StoreChange): void {
    if (change.kind === "put") this.#put(change);
    else if (change.kind === "removed") this.forget(change.id);
    else if (change.kind === "unreadable") this.#drop(change.id);
    this.#catalogue?.take(change);
  }

  /**
   * The record is gone: called for a removal in the watch, and by callers that could not find it.
   */
  forget(id: string): void {
    this.#drop(id);
    this.#tell(id, (listener) => listener.onRemoved?.(id));
  }

  /** Nobody can act on a record that cannot be read, but the job is not gone: it may come back. */
  #drop(id: string): void {
    this.#segments.delete(id);
    const live = this.#live.get(id);
    if (live) this.#countLive(live.tenant, -1);
    this.#live.delete(id);
  }

  #put({ record, revision }: Versioned): void {
    if (isSegment(record)) {
      this.#segments.put({ record, revision });
      this.#tell(record.id, (listener) => listener.onSegment?.(record));
      return;
    }
    const { id, tenant } = record;
    const wasLive = this.#live.has(id);
    const isLive = !isTerminal(record);
    if (isLive !== wasLive) this.#countLive(tenant, isLive ? 1 : -1);
    if (isLive) this.#live.set(id, record);
    else this.#live.delete(id);
    this.#tell(id, (listener) => listener.onRecord?.(record));
  }

  /** A listener that fails must not keep the others, and the watch, from what follows. */
  #tell(job: string, what: (listener: JobListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        what(listener);
      } catch (error) {
        this.#log.error({ err: error, job }, "a change of a job could not be taken");
      }
    }
  }

  #countLive(tenant: string, change: 1 | -1): void {
    const live = this.liveOf(tenant) + change;
    if (live > 0) this.#liveOf.set(tenant, live);
    else this.#liveOf.delete(tenant);
  }
}
