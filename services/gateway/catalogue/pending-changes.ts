/**
 * Changes of records that the catalogue has not been told yet: the newest of each record, complete
 * after one revision. If there are too many, because the catalogue is away, they are let go of, and
 * it is told from the bucket when it returns.
 */
import type { StoreChange } from "../../../pipeline/record/store.js";
import type { Changes } from "./apply-changes.js";
import { rowOf } from "./row.js";
import type { JobRow } from "./tables.js";

/** A few kB each. */
const MAX_PENDING = 10_000;

type Pending = { readonly revision: number; readonly row?: JobRow };

export class PendingChanges {
  readonly #changes = new Map<string, Pending>();
  readonly #limit: number;
  #after = 0;
  #through = 0;
  /** When the bucket was created; empty until somebody has asked. */
  bucketCreated = "";

  constructor(limit = MAX_PENDING) {
    this.#limit = limit;
  }

  /** Nothing at or before this revision will be taken. */
  beginAfter(revision: number): void {
    this.#changes.clear();
    this.#after = revision;
    this.#through = revision;
  }

  /** What has been taken comes up to here. */
  get through(): number {
    return this.#through;
  }

  /** What was written comes up to here. */
  get after(): number {
    return this.#after;
  }

  get isEmpty(): boolean {
    return this.#through === this.#after;
  }

  get size(): number {
    return this.#changes.size;
  }

  /** Changes come in the order of their revisions, unless the bucket has begun anew. */
  take(change: StoreChange): void {
    if (change.revision < this.#through) this.#beginAnew();
    this.#through = change.revision;
    if (change.kind === "current") return;
    const { revision } = change;
    if (change.kind === "put") {
      const { record } = change;
      this.#changes.set(record.id, { revision, row: rowOf(record, revision) });
    } else if (change.kind === "removed") {
      this.#changes.set(change.id, { revision });
    }
    // The row of one that cannot be read stays: a later version may have written the record, which
    // still needs its files. Lists leave out what cannot be read.
    if (this.#changes.size > this.#limit) this.beginAfter(revision);
  }

  /** The oldest changes, at most `limit` of them. */
  batch(limit: number): Changes {
    const oldest = [...this.#changes].sort(([, a], [, b]) => a.revision - b.revision);
    const taken = oldest.slice(0, limit);
    const isAll = taken.length === oldest.length;
    const through = isAll ? this.#through : (taken.at(-1)?.[1].revision ?? this.#after);
    return {
      ...{ bucketCreated: this.bucketCreated, after: this.#after, through },
      rows: taken.flatMap(([, { row }]) => row ?? []),
      removed: taken.flatMap(([id, { row, revision }]) => (row ? [] : { id, revision })),
    };
  }

  /** The catalogue has these: those that came since stay. */
  done({ bucketCreated, rows, removed, through }: Changes): void {
    // The bucket has begun anew since they were taken out.
    if (bucketCreated !== this.bucketCreated) return;
    for (const { id, revision } of [...rows, ...removed]) {
      if (this.#changes.get(id)?.revision === revision) this.#changes.delete(id);
    }
    this.#after = Math.max(this.#after, Math.min(through, this.#through));
  }

  /** What was taken is of a bucket that is gone, or of entries that it has lost. */
  #beginAnew(): void {
    this.beginAfter(0);
    this.bucketCreated = "";
  }
}
