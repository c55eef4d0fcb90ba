/**
 * Deletion of jobs and of cache entries with their files. A file goes at once if no other job and
 * no cache entry refers to it, and nobody is about to refer to it.
 */
import type { Claims, ObservedClaims } from "../../../kit/blobs/claims.js";
import type { BlobStore } from "../../../kit/blobs/store.js";
import type { Log } from "../../../kit/log.js";
import { failpoint } from "../../../kit/process/failpoint.js";
import { isDeleted, markDeleted } from "../../../pipeline/record/deletion.js";
import { CLOCK_SKEW_MS, type JobRecord } from "../../../pipeline/record/record.js";
import { type JobStore, updateRecord } from "../../../pipeline/record/store.js";
import type { UploadIndex } from "../kept-uploads/upload-index.js";
import { type BlobReferences, blobsIn } from "./blob-references.js";
import type { CacheEntry, CacheIndex } from "./cache-index.js";
import type { JobIndex } from "./job-index.js";
import { workBegan } from "./sweep.js";

export interface DeletionOptions {
  readonly store: Pick<JobStore, "read" | "replace" | "remove">;
  readonly blobs: Pick<BlobStore, "stat" | "remove">;
  readonly claims: Claims;
  readonly references: Pick<BlobReferences, "isReferred" | "isReferredBy">;
  readonly caches: Pick<CacheIndex, "entries" | "referringTo" | "remove" | "upToDate">;
  readonly index: Pick<JobIndex, "live" | "ended" | "upToDate">;
  readonly uploads: Pick<UploadIndex, "upToDate">;
  readonly log: Log;
  /** Unix milliseconds: claims that were made before this process are not known. */
  readonly startedAtMs: number;
}

export class Deletion {
  readonly #options: DeletionOptions;

  constructor(options: DeletionOptions) {
    this.#options = options;
  }

  /**
   * Deletes a job that has ended. The mark comes first: from then on the job does not exist for
   * callers, and `finishAll` completes a deletion that was interrupted. Throws JOB_NOT_FOUND,
   * BUS_UNAVAILABLE.
   */
  async job({ id }: JobRecord): Promise<void> {
    const { store } = this.#options;
    const { record } = await updateRecord(store, id, (current) => markDeleted(current, Date.now()));
    failpoint("after-deletion-mark", id);
    await this.#finish(record);
  }

  /** Completes the deletions that a gateway has begun before it died. Throws BUS_UNAVAILABLE. */
  async finishAll(): Promise<void> {
    const { index, store, log } = this.#options;
    for (const { id, deletedAtMs } of [...index.ended.values()]) {
      if (deletedAtMs === undefined) continue;
      const found = await store.read(id);
      if (!found) continue;
      await this.#finish(found.record);
      log.info({ job: id }, "an interrupted deletion was completed");
    }
  }

  /**
   * Removes cache entries, and the files that nothing else refers to. Returns their size in bytes.
   * Throws BUS_UNAVAILABLE.
   */
  async cacheEntries(entries: readonly CacheEntry[]): Promise<number> {
    const { claims, caches } = this.#options;
    const observed = claims.observe();
    try {
      await this.#upToDate();
      for (const entry of entries) await caches.remove(entry);
      const hashes = new Set(entries.flatMap(({ blobs }) => blobs));
      return await this.#removeUnused(hashes, observed);
    } finally {
      observed.end();
    }
  }

  /**
   * A worker has written a blob for a job whose lease it has lost meanwhile. If the job is deleted,
   * the blob goes too, unless it is used. Throws BUS_UNAVAILABLE.
   */
  async lateBlob(job: string, sha256: string): Promise<void> {
    const { store, claims } = this.#options;
    const found = await store.read(job);
    if (found && !isDeleted(found.record)) return;
    claims.release(job);
    await this.blob(sha256);
  }

  /**
   * Removes a blob whose owner has gone, unless it is used: that of an upload, for example. Throws
   * BUS_UNAVAILABLE.
   */
  async blob(sha256: string): Promise<void> {
    const { claims } = this.#options;
    const observed = claims.observe();
    try {
      await this.#upToDate();
      await this.#removeUnused(new Set([sha256]), observed);
    } finally {
      observed.end();
    }
  }

  /**
   * Removes the cache entries that refer to a missing file, which nobody can use: they were stored
   * while their job was deleted. Throws BUS_UNAVAILABLE.
   */
  async uselessEntries(): Promise<void> {
    const { blobs, caches } = this.#options;
    const isThere = (sha256: string) =>
      blobs.stat(sha256).then(
        () => true,
        () => false,
      );
    for (const entry of caches.entries()) {
      for (const sha256 of entry.blobs) {
        if (await isThere(sha256)) continue;
        await caches.remove(entry);
        break;
      }
    }
  }

  /** Can be repeated: what an earlier attempt has removed is skipped. */
  async #finish(record: JobRecord): Promise<void> {
    const { store, claims, caches } = this.#options;
    const observed = claims.observe();
    try {
      // From here on the index knows every reference that is not claimed.
      await this.#upToDate();
      const own = new Set([...blobsIn(record), ...claims.of(record.id)]);
      const entries = new Set(
        [...own].flatMap((sha256) => this.#useless(record, sha256, observed)),
      );
      for (const entry of entries) await caches.remove(entry);
      failpoint("after-cache-removal", record.id);
      // A cache entry may also have files of the decoded photo that another job shares.
      const ofEntries = [...entries].flatMap(({ blobs }) => blobs);
      await this.#removeUnused(new Set([...own, ...ofEntries]), observed);
      failpoint("after-blob-removal", record.id);
      await store.remove(record.id);
      claims.release(record.id);
    } finally {
      observed.end();
    }
  }

  /**
   * The cache entries of the job's tenant that refer to the blob, if no other job of the tenant
   * does. What another tenant's jobs have makes no difference: the tenant would learn from a hit
   * that somebody else has the same photo.
   */
  #useless(
    { tenant }: Pick<JobRecord, "tenant">,
    sha256: string,
    observed: ObservedClaims,
  ): CacheEntry[] {
    const { references, caches } = this.#options;
    if (references.isReferredBy(tenant, sha256) || this.#isClaimed(sha256, observed)) return [];
    return caches.referringTo(sha256).filter((entry) => entry.tenant === tenant);
  }

  async #upToDate(): Promise<void> {
    const { index, caches, uploads, claims } = this.#options;
    const followed = [index, caches, uploads, claims];
    await Promise.all(followed.map((each) => each.upToDate()));
  }

  /** Removes the blobs that are not used. Returns the freed bytes. */
  #removeUnused(hashes: ReadonlySet<string>, observed: ObservedClaims): Promise<number> {
    const { claims } = this.#options;
    return claims.whileRemoving(hashes, async (mayRemove) => {
      // Another gateway may have stored a reference, and have released its claim, since.
      if (claims.isShared) await this.#upToDate();
      let freedBytes = 0;
      for (const sha256 of hashes) {
        if (mayRemove()) freedBytes += await this.#removeOne(sha256, observed);
      }
      return freedBytes;
    });
  }

  async #removeOne(sha256: string, observed: ObservedClaims): Promise<number> {
    const { blobs, caches } = this.#options;
    const { sizeBytes } = await blobs.stat(sha256).catch(() => ({ sizeBytes: 0 }));
    // From the check to the removal nothing else runs in this process; others claim nothing.
    if (this.#isUsed(sha256, observed) || caches.referringTo(sha256).length > 0) return 0;
    return (await blobs.remove(sha256, this.#unknownSinceMs())) ? sizeBytes : 0;
  }

  /** Whether an unfinished call or job, or the record of another job needs the blob. */
  #isUsed(sha256: string, observed: ObservedClaims): boolean {
    return this.#options.references.isReferred(sha256) || this.#isClaimed(sha256, observed);
  }

  /** What a job that has ended had claimed without referring to it is of no use any more. */
  #isClaimed(sha256: string, observed: ObservedClaims): boolean {
    const { ended } = this.#options.index;
    return observed.ownersOf(sha256).some((owner) => !ended.has(owner));
  }

  /**
   * Unix milliseconds: blobs that are younger may be needed by a worker that wrote or held them
   * before this process started. The sweep removes those that nobody needs.
   */
  #unknownSinceMs(): number {
    const { index, startedAtMs } = this.#options;
    const began = [...index.live.values()].map(workBegan).filter((atMs) => atMs < startedAtMs);
    return Math.min(...began) - CLOCK_SKEW_MS;
  }
}
