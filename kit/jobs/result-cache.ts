/**
 * Results by what they were made of: the same again is not made again. Entries name blobs and are written once a job has
 * succeeded; a blob that is gone since makes a miss.
 */
import type { KV } from "nats";
import type { RemoteBlobs } from "../blobs/remote.js";
import type { Log } from "../log.js";
import { type EarlierResult, resultOf } from "./conclude.js";
import type { JobRecord } from "./record.js";

const BLOB_HASHES = /\b[0-9a-f]{64}\b/g;

export class ResultCache {
  readonly #bucket: KV;
  readonly #blobs: Pick<RemoteBlobs, "hold">;
  readonly #log: Log;

  constructor(bucket: KV, blobs: Pick<RemoteBlobs, "hold">, log: Log) {
    this.#bucket = bucket;
    this.#blobs = blobs;
    this.#log = log;
  }

  /** The result under a key whose blobs are all there. A cache that does not answer has none. Throws the signal's reason. */
  async find(key: string, signal: AbortSignal): Promise<EarlierResult | undefined> {
    try {
      const entry = await this.#bucket.get(key);
      if (entry?.operation !== "PUT") return undefined;
      // Whatever field names a blob: the readers of the result will ask for it.
      const blobs = new Set(entry.string().match(BLOB_HASHES));
      // Held, for the job's record names them only when the stage commits.
      const missing = await this.#blobs.hold([...blobs], signal);
      return missing.length === 0 ? entry.json<EarlierResult>() : undefined;
    } catch (error) {
      signal.throwIfAborted();
      this.#log.warn({ err: error }, "result cache not read");
      return undefined;
    }
  }

  /** Keep what a job has made. Call it after the commit that has ended the job; without a key it does nothing. */
  async remember(key: string | undefined, record: JobRecord): Promise<void> {
    if (key === undefined || record.state !== "SUCCEEDED") return;
    try {
      await this.#bucket.put(key, JSON.stringify(resultOf(record)));
    } catch (error) {
      this.#log.warn({ err: error, job: record.id }, "result cache not written");
    }
  }
}
