/**
 * Which records refer to which blobs, from the catalogue; jobs that were deleted do not count. It
 * also ends the claims of jobs: their references are in their records from then on.
 */
import type { Claims } from "../../../kit/blobs/claims.js";
import { hashesIn } from "../../../kit/blobs/store.js";
import { isDeleted } from "../../../pipeline/record/deletion.js";
import { isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import type { Catalogue } from "../catalogue/catalogue.js";
import { endedAmong, isReferred } from "../catalogue/queries.js";
import type { JobListener } from "./job-index.js";

export class BlobReferences implements JobListener {
  readonly #claims: Claims;
  readonly #catalogue: Pick<Catalogue, "ask">;

  constructor(claims: Claims, catalogue: Pick<Catalogue, "ask">) {
    this.#claims = claims;
    this.#catalogue = catalogue;
  }

  onRecord(record: JobRecord): void {
    if (isDeleted(record) || !isTerminal(record)) return;
    // What a job has written and its last record does not mention is removed with the job.
    this.#claims.settle(record.id, new Set(blobsIn(record)));
  }

  /** The files of a segment are of use as long as its record. */
  onSegment(record: JobRecord): void {
    this.onRecord(record);
  }

  onRemoved(id: string): void {
    this.#claims.release(id);
  }

  /** Throws CATALOGUE_UNAVAILABLE, as all that follow. */
  isReferred(sha256: string): Promise<boolean> {
    return this.#catalogue.ask((db) => isReferred(db, sha256));
  }

  /** Whether a job of this tenant refers to the blob. */
  isReferredBy(tenant: string, sha256: string): Promise<boolean> {
    return this.#catalogue.ask((db) => isReferred(db, sha256, tenant));
  }

  /** Those of the owners of claims that are jobs that have ended. */
  async endedAmong(owners: readonly string[]): Promise<ReadonlySet<string>> {
    if (owners.length === 0) return new Set();
    return this.#catalogue.ask((db) => endedAmong(db, owners));
  }
}

/** Everything in a record that looks like the hash of a blob. */
export function blobsIn(record: JobRecord): string[] {
  return hashesIn(JSON.stringify(record));
}
