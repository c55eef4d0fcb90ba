/** Results by what they were made of: the same again is not made again. */
import type { KV } from "nats";
import { BlobCache } from "../../kit/blobs/blob-cache.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { hashesIn } from "../../kit/blobs/store.js";
import type { Log } from "../../kit/log.js";
import { type EarlierResult, resultOf } from "../record/complete-from-cache.js";
import type { JobRecord } from "../record/record.js";

export class ResultCache {
  readonly #results: BlobCache<EarlierResult>;

  constructor(bucket: KV, blobs: Pick<RemoteBlobs, "hold">, log: Log) {
    // Whatever field names a blob: the readers of the result will ask for it.
    const blobsOf = (result: EarlierResult) => hashesIn(JSON.stringify(result));
    this.#results = new BlobCache({ bucket, blobs, log, name: "results", blobsOf });
  }

  /** The result under a key. Throws the signal's reason. */
  find(key: string, signal: AbortSignal): Promise<EarlierResult | undefined> {
    return this.#results.find(key, signal);
  }

  /** Keep what a job has made, after the commit that has ended it; without a key it does nothing. */
  async remember(key: string | undefined, record: JobRecord): Promise<void> {
    if (key === undefined || record.state !== "SUCCEEDED") return;
    await this.#results.remember(key, resultOf(record));
  }
}
