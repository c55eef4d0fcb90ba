/**
 * The catalogue of all jobs in SQL: what lists, deletion, retention and reports of usage ask. The
 * records stay the truth: it follows them, is behind for moments, may be away, and is made again
 * from them when it is lost. Nothing that moves a job on waits for it.
 */
import { DepthmeshError } from "../../../core/errors.js";
import { abortable } from "../../../kit/async/abort.js";
import { Condition } from "../../../kit/async/condition.js";
import { pause } from "../../../kit/async/delay.js";
import type { Log } from "../../../kit/log.js";
import type { KvPosition } from "../../../kit/nats/kv.js";
import type { JobStore, StoreChange } from "../../../pipeline/record/store.js";
import { progressOf } from "./apply-changes.js";
import { CatalogueConnection } from "./catalogue-connection.js";
import type { CatalogueStatus } from "./catalogue-status.js";
import type { CatalogueDatabase } from "./database.js";
import { Projection } from "./projection.js";
import { unsettledIds } from "./queries.js";
import type { Db } from "./tables.js";

export interface CatalogueParts {
  readonly store: Pick<JobStore, "changesAfter" | "position" | "ids" | "read">;
  readonly log: Log;
  readonly open: (onLost: (why: Error) => void) => Promise<CatalogueDatabase>;
  /** Whether there is something to open: else it is opened when it is first needed. */
  readonly isThere: boolean;
  /** A removal leaves a mark in the bucket for so long. */
  readonly markAgeMs: number;
}

/** What a gateway reads at its start in place of all records. */
export interface StartingPoint {
  /** The catalogue has every change up to here. */
  readonly after: KvPosition;
  /** Records that matter although they have not changed since. */
  readonly ids: readonly string[];
}

/** Changes wait so long for others before they are written, unless somebody asks. */
const BATCH_MS = 250;
/** The first changes of a mesh wait longer: many meshes of tests end before. */
const FIRST_BATCH_MS = 3_000;
const RETRY_MS = 2_000;
/** It notes so often that nothing is new. */
const HEARTBEAT_MS = 60_000;
const ANSWER_LIMIT_MS = 2_000;
/** The first question waits for an embedded one to be opened. */
const OPEN_LIMIT_MS = 20_000;
const START_LIMIT_MS = 15_000;
/** What ended jobs tell about those to come is learnt from the latest. */
const NEWEST_ENDED = 300;

export class Catalogue {
  readonly #parts: CatalogueParts;
  readonly #connection: CatalogueConnection;
  readonly #projection: Projection;
  readonly #stop = new AbortController();
  /** Notified when something waits to be written, and when something was. */
  readonly #changed = new Condition();
  /** Somebody waits for what is pending. */
  #isAsked = false;
  #rebuilding: Promise<void> | undefined;
  /** Why the last rebuild failed; empty if it did not. */
  #rebuildTrouble = "";

  constructor(parts: CatalogueParts) {
    this.#parts = parts;
    const { store, log, markAgeMs } = parts;
    const onApplied = () => {
      this.#connection.recovered();
      this.#changed.notifyAll();
    };
    this.#projection = new Projection({ store, log, markAgeMs, onApplied });
    const onAway = (isAnother: boolean) => {
      if (isAnother) this.#projection.forget();
      // The next attempt tells whether it is back.
      this.#isAsked = true;
      this.#changed.notifyAll();
    };
    this.#connection = new CatalogueConnection({ log: parts.log, open: parts.open, onAway });
  }

  /** Whether somebody has needed it yet. */
  get isInUse(): boolean {
    return this.#connection.isInUse;
  }

  /**
   * Where to begin to follow the records; undefined for all of them, because there is no catalogue
   * yet or it does not answer in time. `sinceMs` as in `unsettledIds`.
   */
  async startingPoint(sinceMs: number): Promise<StartingPoint | undefined> {
    if (!this.#parts.isThere) return undefined;
    try {
      const late = AbortSignal.timeout(START_LIMIT_MS);
      return await abortable(this.#findStart(sinceMs, late), late);
    } catch (error) {
      this.#connection.failed(error);
      return undefined;
    }
  }

  async #findStart(sinceMs: number, late: AbortSignal): Promise<StartingPoint | undefined> {
    const { db } = await this.#connection.ready(late);
    const [at, last] = [await progressOf(db), await this.#parts.store.position()];
    if (at.created !== last.created || at.revision > last.revision) return undefined;
    const ids = await unsettledIds(db, { sinceMs, newest: NEWEST_ENDED });
    if (late.aborted) return undefined;
    this.#projection.beginAfter(at);
    return { after: at, ids };
  }

  /** Takes a change of the records that the gateway follows. */
  take(change: StoreChange): void {
    this.#projection.take(change);
    this.#changed.notifyAll();
  }

  /** Writes what is taken, until the signal fires. */
  async run(until: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([until, this.#stop.signal]);
    while (!signal.aborted) {
      try {
        await this.#untilDue(signal);
        if (signal.aborted) break;
        await this.#write(signal);
      } catch (error) {
        this.#connection.failed(error);
        await pause(RETRY_MS, signal);
      }
    }
    // What is not written yet is told by the bucket after the next start.
  }

  /** Ends what goes on, and lets go of the database. */
  async close(): Promise<void> {
    this.#connection.ends();
    this.#stop.abort();
    this.#changed.notifyAll();
    await this.#rebuilding;
    await this.#connection.close();
  }

  /**
   * Resolves when the catalogue has every change up to a revision that was taken already. Throws
   * CATALOGUE_UNAVAILABLE.
   */
  async reaches(revision: number): Promise<void> {
    if (this.#projection.applied >= revision) return;
    const isFirst = this.#connection.database === undefined;
    const late = AbortSignal.timeout(isFirst ? OPEN_LIMIT_MS : ANSWER_LIMIT_MS);
    while (this.#projection.applied < revision) {
      if (late.aborted || this.#connection.trouble || this.#stop.signal.aborted)
        throw this.#unavailable();
      // Once: two who wait would wake each other, without an end and without a moment for others.
      if (!this.#isAsked) {
        this.#isAsked = true;
        this.#changed.notifyAll();
      }
      await this.#changed.wait(late);
    }
  }

  /** Asks the database. Throws CATALOGUE_UNAVAILABLE. */
  async ask<T>(query: (db: Db) => Promise<T>): Promise<T> {
    if (this.#connection.trouble) throw this.#unavailable();
    try {
      const { db } = await this.#connection.ready(AbortSignal.timeout(OPEN_LIMIT_MS));
      return await query(db);
    } catch (error) {
      if (reasonOf(error) !== undefined) throw error;
      this.#connection.failed(error);
      throw this.#unavailable(error);
    }
  }

  /** Reads all records again and mends what differs. Lists and jobs go on meanwhile. */
  rebuild(): void {
    if (!this.#rebuilding) this.#rebuildTrouble = "";
    this.#rebuilding ??= this.#rebuild().finally(() => {
      this.#rebuilding = undefined;
    });
  }

  get status(): CatalogueStatus {
    const { done = 0, total = 0 } = this.#projection.building.reached ?? {};
    return {
      place: this.#connection.database?.place ?? "",
      isEmbedded: this.#connection.database?.isEmbedded ?? false,
      state: this.#state,
      revision: this.#projection.applied,
      ...{ done, total },
      trouble: this.#connection.trouble?.message ?? this.#rebuildTrouble,
    };
  }

  get #state(): CatalogueStatus["state"] {
    if (this.#connection.trouble) return "away";
    if (this.#rebuilding) return "rebuilding";
    if (this.#projection.building.reached) return "building";
    return this.#connection.database ? "open" : "closed";
  }

  /** Until changes have waited for long enough, or somebody asks, or the heartbeat is due. */
  async #untilDue(signal: AbortSignal): Promise<void> {
    const isIdle = () => !this.#projection.isDue && !this.#isAsked;
    if (isIdle()) {
      const beat = this.#connection.database ? AbortSignal.timeout(HEARTBEAT_MS) : undefined;
      const until = beat ? AbortSignal.any([signal, beat]) : signal;
      while (isIdle() && !until.aborted) await this.#changed.wait(until);
    }
    const sinceMs = performance.now();
    const waitMs = this.#connection.database ? BATCH_MS : FIRST_BATCH_MS;
    const over = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
    while (!this.#isAsked && !over.aborted && performance.now() - sinceMs < waitMs) {
      await this.#changed.wait(over);
    }
  }

  /** Writes what is pending, and looks after what was written. */
  async #write(signal: AbortSignal): Promise<void> {
    this.#isAsked = false;
    const late = AbortSignal.any([signal, AbortSignal.timeout(OPEN_LIMIT_MS)]);
    const database = await this.#connection.ready(late);
    await this.#projection.write(database, signal);
    this.#connection.recovered();
    await this.#projection.auditIfNeeded(database.db, signal);
    await this.#projection.tendIfDue(database);
  }

  async #rebuild(): Promise<void> {
    const { signal } = this.#stop;
    try {
      const late = AbortSignal.any([signal, AbortSignal.timeout(OPEN_LIMIT_MS)]);
      const { db } = await this.#connection.ready(late);
      await this.#projection.building.rewrite(db, signal);
    } catch (error) {
      this.#connection.failed(error);
      this.#rebuildTrouble = error instanceof Error ? error.message : String(error);
      this.#parts.log.warn({ err: error }, "the catalogue was not rebuilt");
    }
  }

  #unavailable(cause: unknown = this.#connection.trouble): DepthmeshError {
    const { reached } = this.#projection.building;
    const message = reached
      ? `the catalogue of jobs is being built from their records: ${reached.done} of ${reached.total} changes are in it`
      : "the catalogue of jobs does not answer; jobs go on";
    return new DepthmeshError("CATALOGUE_UNAVAILABLE", message, { cause });
  }
}

function reasonOf(error: unknown): string | undefined {
  return error instanceof DepthmeshError ? error.reason : undefined;
}
