/**
 * Which jobs refer to which blobs, kept in memory from the changes of the job index. Jobs that were
 * deleted do not count.
 */
import type { Claims } from "../../../kit/blobs/claims.js";
import { hashesIn } from "../../../kit/blobs/store.js";
import { isDeleted } from "../../../pipeline/record/deletion.js";
import { isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import type { JobListener } from "./job-index.js";

export class BlobReferences implements JobListener {
  readonly #claims: Claims;
  readonly #hashesByJob = new Map<string, readonly string[]>();
  readonly #tenantOfJob = new Map<string, string>();
  /** The jobs of each hash; the key is the one copy of the hash. */
  readonly #jobsByHash = new Map<string, { readonly hash: string; readonly jobs: Set<string> }>();

  constructor(claims: Claims) {
    this.#claims = claims;
  }

  onRecord(record: JobRecord): void {
    const { id } = record;
    this.#forget(id);
    if (isDeleted(record)) return;
    const hashes = blobsIn(record).map((found) => this.#add(found, id));
    this.#hashesByJob.set(id, hashes);
    this.#tenantOfJob.set(id, record.tenant);
    // What a job has written and its last record does not mention is removed with the job.
    if (isTerminal(record)) this.#claims.settle(id, new Set(hashes));
  }

  /** The files of a segment are of use as long as its record. */
  onSegment(record: JobRecord): void {
    this.onRecord(record);
  }

  onRemoved(id: string): void {
    this.#forget(id);
    this.#claims.release(id);
  }

  isReferred(sha256: string): boolean {
    return this.#jobsByHash.has(sha256);
  }

  /** Whether a job of this tenant refers to the blob. */
  isReferredBy(tenant: string, sha256: string): boolean {
    for (const job of this.#jobsByHash.get(sha256)?.jobs ?? []) {
      if (this.#tenantOfJob.get(job) === tenant) return true;
    }
    return false;
  }

  #add(found: string, id: string): string {
    const known = this.#jobsByHash.get(found);
    known?.jobs.add(id);
    if (known) return known.hash;
    // A copy: a hash cut out of a record's text would keep the whole text in memory.
    const hash = Buffer.from(found).toString();
    this.#jobsByHash.set(hash, { hash, jobs: new Set([id]) });
    return hash;
  }

  #forget(id: string): void {
    for (const hash of this.#hashesByJob.get(id) ?? []) {
      const known = this.#jobsByHash.get(hash);
      known?.jobs.delete(id);
      if (known?.jobs.size === 0) this.#jobsByHash.delete(hash);
    }
    this.#hashesByJob.delete(id);
    this.#tenantOfJob.delete(id);
  }
}

/** Everything in a record that looks like the hash of a blob. */
export function blobsIn(record: JobRecord): string[] {
  return hashesIn(JSON.stringify(record));
}
