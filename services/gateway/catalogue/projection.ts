/**
 * How the catalogue follows the records: takes their changes, writes them in batches, and catches
 * up, begins anew or compares where changes were missed.
 */
import { pause } from "../../../kit/async/delay.js";
import type { Log } from "../../../kit/log.js";
import type { KvPosition } from "../../../kit/nats/kv.js";
import type { JobStore, StoreChange } from "../../../pipeline/record/store.js";
import { applyChanges, fitToBucket, progressOf } from "./apply-changes.js";
import { CatalogueBuilding } from "./building.js";
import { BATCH_ROWS } from "./catch-up.js";
import type { CatalogueDatabase } from "./database.js";
import { PendingChanges } from "./pending-changes.js";
import type { Db } from "./tables.js";
import { tend } from "./tend.js";

export interface ProjectionParts {
  readonly store: Pick<JobStore, "changesAfter" | "position" | "ids" | "read">;
  readonly log: Log;
  /** A removal leaves a mark in the bucket for so long. */
  readonly markAgeMs: number;
  /** Called after each batch that was written. */
  readonly onApplied: () => void;
}

/** Clocks of two hosts differ by less. */
const SKEW_MS = 60_000;
const RETRY_MS = 2_000;
const TENDED_AFTER_ROWS = 20_000;

export class Projection {
  readonly building: CatalogueBuilding;
  readonly #parts: ProjectionParts;
  readonly #pending = new PendingChanges();
  #applied = 0;
  #needsAudit = false;
  /** All records that existed at the start have been taken. */
  #isCurrent = false;
  /** Rows written since it was tended. */
  #written = 0;

  constructor(parts: ProjectionParts) {
    this.#parts = parts;
    this.building = new CatalogueBuilding(parts.store, parts.log);
  }

  /** Revision of the last change that the catalogue has. */
  get applied(): number {
    return this.#applied;
  }

  /** Whether something waits to be written or compared. */
  get isDue(): boolean {
    return !this.#pending.isEmpty || this.#needsAudit;
  }

  /** Changes will be taken from `at` on, which the catalogue has. */
  beginAfter({ created, revision, seenAtMs }: KvPosition & { readonly seenAtMs: number }): void {
    this.#pending.bucketCreated = created;
    this.#pending.beginAfter(revision);
    this.#applied = revision;
    this.#auditIfOld(seenAtMs);
  }

  take(change: StoreChange): void {
    this.#pending.take(change);
    if (change.kind === "removed") this.building.removed(change.id);
    if (change.kind !== "current") return;
    // While NATS was away, marks of removals may have come and gone.
    this.#needsAudit ||= this.#isCurrent;
    this.#isCurrent = true;
  }

  /** The database is another one than before. */
  forget(): void {
    this.#applied = 0;
    this.#pending.bucketCreated = "";
  }

  /**
   * Writes what was pending when it was called, and at least that nothing is new: what comes
   * meanwhile is of the next call, or a busy mesh would never let this one end.
   */
  async write({ db, isEmbedded }: CatalogueDatabase, signal: AbortSignal): Promise<void> {
    const goal = this.#pending.through;
    let gaps = 0;
    do {
      if (this.#pending.bucketCreated === "") await this.#fit(db);
      const batch = this.#pending.batch(BATCH_ROWS);
      const isLast = batch.through === this.#pending.through && this.#isCurrent;
      const changes = { ...batch, ...(isLast && !this.#needsAudit && { seenAtMs: Date.now() }) };
      const applied = await applyChanges(db, changes);
      if (applied.kind === "gap") {
        gaps += 1;
        // The bucket or the catalogue begins anew beside this, again and again.
        if (gaps > 1) await pause(RETRY_MS, signal);
        await this.#catchUp(db, isEmbedded, signal);
        continue;
      }
      this.#pending.done(changes);
      this.#written += changes.rows.length + changes.removed.length;
      this.#applied = Math.max(changes.through, applied.revision);
      this.#parts.onApplied();
    } while (!this.#pending.isEmpty && this.#pending.after < goal && !signal.aborted);
  }

  /** Compares the catalogue with the records where changes may have been missed. */
  async auditIfNeeded(db: Db, signal: AbortSignal): Promise<void> {
    if (!this.#needsAudit) return;
    const found = await this.building.compare(db, signal);
    this.#needsAudit = false;
    if (found.removed + found.added === 0) return;
    this.#parts.log.info(found, "the catalogue differed from the records and was mended");
  }

  async tendIfDue({ db, isEmbedded }: CatalogueDatabase): Promise<void> {
    if (!isEmbedded || this.#written < TENDED_AFTER_ROWS) return;
    this.#written = 0;
    await tend(db);
  }

  /** Empties a catalogue that is of other records than there are, or is ahead of them. */
  async #fit(db: Db): Promise<void> {
    const { at, isAnew } = await fitToBucket(db, this.#parts.store);
    this.#pending.bucketCreated = at.created;
    if (!isAnew) return;
    this.#applied = 0;
    this.#parts.log.warn("the catalogue is of other records than there are: it is made anew");
  }

  async #catchUp(db: Db, isEmbedded: boolean, signal: AbortSignal): Promise<void> {
    const { revision, seenAtMs } = await progressOf(db);
    // An empty one misses no removal.
    if (revision > 0) this.#auditIfOld(seenAtMs);
    await this.building.catchUp(db, signal);
    if (isEmbedded) await tend(db);
    this.#written = 0;
  }

  /** Marks of removals since then may be gone. */
  #auditIfOld(seenAtMs: number): void {
    this.#needsAudit ||= Date.now() - seenAtMs > this.#parts.markAgeMs - SKEW_MS;
  }
}
