/**
 * Builds the catalogue from all records, or from those that it has missed, and tells how far it is.
 */
import type { Log } from "../../../kit/log.js";
import type { JobStore } from "../../../pipeline/record/store.js";
import { type AuditResult, audit } from "./audit.js";
import { catchUp, rewriteAll } from "./catch-up.js";
import type { Db } from "./tables.js";

type BuiltFrom = Pick<JobStore, "changesAfter" | "position" | "ids" | "read">;

/** What takes longer is told. */
const TOLD_AFTER_MS = 2_000;

export class CatalogueBuilding {
  readonly #store: BuiltFrom;
  readonly #log: Log;
  /** Ids of the records that were removed while rows are written from records. */
  #removed: Set<string> | undefined;
  #noters = 0;
  #reached: { readonly done: number; readonly total: number } | undefined;

  constructor(store: BuiltFrom, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  /** How far it is, of how far it must come; undefined while nothing is built. */
  get reached(): { readonly done: number; readonly total: number } | undefined {
    return this.#reached;
  }

  /** Reads what the bucket has that the catalogue lacks. */
  async catchUp(db: Db, signal: AbortSignal): Promise<void> {
    const startedMs = performance.now();
    let isTold = false;
    try {
      await catchUp(db, this.#store, signal, {
        onAnew: () =>
          this.#log.warn("the catalogue is of other records than there are: it is made anew"),
        onProgress: (done, total) => {
          this.#reached = { done, total };
          if (isTold || performance.now() - startedMs < TOLD_AFTER_MS) return;
          isTold = true;
          this.#log.info({ done, total }, "the catalogue is being built from the records");
        },
      });
    } finally {
      const { done = 0 } = this.#reached ?? {};
      this.#reached = undefined;
      const seconds = Math.round(performance.now() - startedMs) / 1_000;
      if (done > 0) this.#log.info({ revisions: done, seconds }, "the catalogue has caught up");
    }
  }

  /** A record was removed: called before the catalogue is told. */
  removed(id: string): void {
    this.#removed?.add(id);
  }

  /** Reads all records again and mends what differs. */
  async rewrite(db: Db, signal: AbortSignal): Promise<void> {
    this.#reached = { done: 0, total: 0 };
    try {
      const mended = await this.#noting(async (removed) => {
        await rewriteAll(db, this.#store, signal, removed, (done, total) => {
          this.#reached = { done, total };
        });
        return audit(db, this.#store, signal, removed);
      });
      this.#log.info(mended, "the catalogue was rebuilt from the records");
    } finally {
      this.#reached = undefined;
    }
  }

  /** Compares the ids of the records with the rows, and mends what differs. */
  compare(db: Db, signal: AbortSignal): Promise<AuditResult> {
    return this.#noting((removed) => audit(db, this.#store, signal, removed));
  }

  /** What is removed while rows are written from records that were read before must not return. */
  async #noting<T>(work: (removed: ReadonlySet<string>) => Promise<T>): Promise<T> {
    this.#removed ??= new Set();
    this.#noters += 1;
    try {
      return await work(this.#removed);
    } finally {
      this.#noters -= 1;
      if (this.#noters === 0) this.#removed = undefined;
    }
  }
}
