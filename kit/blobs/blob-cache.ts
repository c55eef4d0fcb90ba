/**
 * Values that name blobs, in a bucket by what they were made of. They are written once the blobs are a job's; a value whose
 * blobs are not all there any more is a miss.
 */
import type { KV } from "nats";
import type { Log } from "../log.js";
import type { RemoteBlobs } from "./remote.js";

export interface BlobCacheOptions<T> {
  readonly bucket: KV;
  readonly blobs: Pick<RemoteBlobs, "hold">;
  readonly log: Log;
  /** For the log. */
  readonly name: string;
  /** SHA-256 of every blob that is needed where the value is used. */
  readonly blobsOf: (value: T) => readonly string[];
}

export class BlobCache<T> {
  readonly #options: BlobCacheOptions<T>;

  constructor(options: BlobCacheOptions<T>) {
    this.#options = options;
  }

  /** The value under a key whose blobs are all there. A cache that does not answer has none. Throws the signal's reason. */
  async find(key: string, signal: AbortSignal): Promise<T | undefined> {
    const { bucket, blobs, log, name, blobsOf } = this.#options;
    try {
      const entry = await bucket.get(key);
      if (entry?.operation !== "PUT") return undefined;
      const value = entry.json<T>();
      // Held, for the job's record names them only when the stage commits.
      const missing = await blobs.hold(blobsOf(value), signal);
      return missing.length === 0 ? value : undefined;
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error, cache: name }, "cache not read");
      return undefined;
    }
  }

  /** Call it after the commit: what it names is a job's then. Never throws: a cache that does not answer keeps nothing. */
  async remember(key: string, value: T): Promise<void> {
    const { bucket, log, name } = this.#options;
    try {
      await bucket.put(key, JSON.stringify(value));
    } catch (error) {
      log.warn({ err: error, cache: name }, "cache not written");
    }
  }
}
