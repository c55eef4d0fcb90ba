/**
 * Deletion of jobs and of cache entries with their files. A file goes at once if no other job and
 * no cache entry refers to it, and nobody is about to refer to it.
 */
import { DepthmeshError } from "../../../core/errors.js";
import type { Claims, ObservedClaims } from "../../../kit/blobs/claims.js";
import type { RemovalWindow } from "../../../kit/blobs/object-store.js";
import type { BlobStore } from "../../../kit/blobs/store.js";
import type { Log } from "../../../kit/log.js";
import { failpoint } from "../../../kit/process/failpoint.js";
import { isDeleted, markDeleted } from "../../../pipeline/record/deletion.js";
import { CLOCK_SKEW_MS, type JobRecord } from "../../../pipeline/record/record.js";
import { type JobStore, updateRecord } from "../../../pipeline/record/store.js";
import type { Catalogue } from "../catalogue/catalogue.js";
import { deletedIds } from "../catalogue/queries.js";
import type { UploadIndex } from "../kept-uploads/upload-index.js";
import { type BlobReferences, blobsIn } from "./blob-references.js";
import type { CacheEntry, CacheIndex } from "./cache-index.js";
import type { JobIndex } from "./job-index.js";
import { workBegan } from "./sweep.js";

/** Blobs that are removed together: within one window of SharedClaims, at any store's pace. */
const REMOVED_AT_ONCE = 16;

export interface DeletionOptions {
  readonly store: Pick<JobStore, "read" | "replace" | "remove">;
  readonly blobs: Pick<BlobStore, "stat" | "remove">;
  readonly claims: Claims;
  readonly references: Pick<BlobReferences, "isReferred" | "isReferredBy" | "endedAmong">;
  readonly catalogue: Pick<Catalogue, "ask" | "reaches" | "isInUse">;
  readonly caches: Pick<CacheIndex, "entries" | "referringTo" | "remove" | "upToDate">;
  readonly index: Pick<JobIndex, "live" | "segments" | "upToDate">;
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
   * callers, and `finishAll` completes a deletion that was interrupted, or that must wait for the
   * catalogue. Throws JOB_NOT_FOUND, BUS_UNAVAILABLE.
   */
  async job({ id }: JobRecord): Promise<void> {
    const { store, log } = this.#options;
    const { record } = await updateRecord(store, id, (current) => markDeleted(current, Date.now()));
    failpoint("after-deletion-mark", id);
    try {
      await this.#finish(record);
    } catch (error) {
      if (!isCatalogueAway(error)) throw error;
      log.info({ job: id }, "a job is deleted; its files go when the catalogue is back");
    }
  }

  /**
   * Completes the deletions that a gateway has begun before it died. Throws BUS_UNAVAILABLE,
   * CATALOGUE_UNAVAILABLE.
   */
  async finishAll(): Promise<void> {
    const { catalogue, store, log } = this.#options;
    if (!catalogue.isInUse) return;
    for (const id of await catalogue.ask(deletedIds)) {
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
    await this.unowned(new Set([sha256]));
  }

  /**
   * Removes blobs whose owners have gone, unless they are used: those of uploads, for example.
   * Throws BUS_UNAVAILABLE, STORAGE_UNAVAILABLE.
   */
  async unowned(hashes: ReadonlySet<string>): Promise<void> {
    if (hashes.size === 0) return;
    const { claims } = this.#options;
    const observed = claims.observe();
    try {
      await this.#upToDate();
      await this.#removeUnused(hashes, observed);
    } catch (error) {
      // The sweep removes it later.
      if (!isCatalogueAway(error)) throw error;
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
      const entries = new Set<CacheEntry>();
      for (const sha256 of own) {
        for (const entry of await this.#useless(record, sha256, observed)) entries.add(entry);
      }
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
  async #useless(
    { tenant }: Pick<JobRecord, "tenant">,
    sha256: string,
    observed: ObservedClaims,
  ): Promise<CacheEntry[]> {
    const { references, caches } = this.#options;
    if (await references.isReferredBy(tenant, sha256)) return [];
    const ended = await references.endedAmong(observed.ownersOf(sha256));
    if (isClaimed(sha256, observed, ended)) return [];
    return caches.referringTo(sha256).filter((entry) => entry.tenant === tenant);
  }

  async #upToDate(): Promise<void> {
    const { index, caches, uploads, claims, catalogue } = this.#options;
    const records = async () => catalogue.reaches(await index.upToDate());
    const others = [caches, uploads, claims].map((each) => each.upToDate());
    await Promise.all([records(), ...others]);
  }

  /**
   * Removes the blobs that are not used, some at a time. Returns the freed bytes. Throws
   * STORAGE_UNAVAILABLE.
   */
  async #removeUnused(hashes: ReadonlySet<string>, observed: ObservedClaims): Promise<number> {
    let freedBytes = 0;
    for (let left = [...hashes]; left.length > 0; ) {
      const some = left.slice(0, REMOVED_AT_ONCE);
      const { bytes, done } = await this.#removeSome(some, observed);
      if (done === 0) {
        const message = "the store of blobs is too slow to remove any: the sweep does it later";
        throw new DepthmeshError("STORAGE_UNAVAILABLE", message);
      }
      freedBytes += bytes;
      left = left.slice(done);
    }
    return freedBytes;
  }

  /** The first of them, until the window is over: how many, and the freed bytes. */
  #removeSome(
    hashes: readonly string[],
    observed: ObservedClaims,
  ): Promise<{ readonly bytes: number; readonly done: number }> {
    const { claims } = this.#options;
    return claims.whileRemoving(hashes, async (window) => {
      // Another gateway may have stored a reference, and have released its claim, since.
      if (claims.isShared) await this.#upToDate();
      let bytes = 0;
      for (const [done, sha256] of hashes.entries()) {
        const freed = window.isOpen() ? await this.#removeOne(sha256, observed, window) : undefined;
        if (freed === undefined) return { bytes, done };
        bytes += freed;
      }
      return { bytes, done: hashes.length };
    });
  }

  /**
   * Removes the blob unless an unfinished call or job, the record of another job or a cache entry
   * needs it. Returns the freed bytes; undefined if the window was over before.
   */
  async #removeOne(
    sha256: string,
    observed: ObservedClaims,
    window: RemovalWindow,
  ): Promise<number | undefined> {
    const { blobs, caches, references } = this.#options;
    const { sizeBytes } = await blobs.stat(sha256).catch(() => ({ sizeBytes: 0 }));
    if (await references.isReferred(sha256)) return 0;
    const ended = await references.endedAmong(observed.ownersOf(sha256));
    // Whoever refers to it since has claimed it. From this check to the removal nothing else runs
    // in this process, and others claim nothing.
    if (isClaimed(sha256, observed, ended) || caches.referringTo(sha256).length > 0) return 0;
    if (await blobs.remove(sha256, this.#unknownSinceMs(), window)) return sizeBytes;
    return window.isOpen() ? 0 : undefined;
  }

  /**
   * Unix milliseconds: blobs that are younger may be needed by a worker that wrote or held them
   * before this process started. The sweep removes those that nobody needs.
   */
  #unknownSinceMs(): number {
    const { index, startedAtMs } = this.#options;
    const records = [...index.live.values(), ...index.segments.values()];
    const began = records.map(workBegan).filter((atMs) => atMs < startedAtMs);
    return Math.min(...began) - CLOCK_SKEW_MS;
  }
}

/** What a job that has ended had claimed without referring to it is of no use any more. */
function isClaimed(sha256: string, observed: ObservedClaims, ended: ReadonlySet<string>): boolean {
  return observed.ownersOf(sha256).some((owner) => !ended.has(owner));
}

function isCatalogueAway(error: unknown): boolean {
  return error instanceof DepthmeshError && error.reason === "CATALOGUE_UNAVAILABLE";
}
