/** Reads the entries of a bucket, no faster than the reader takes them. */
import type { KV, KvEntry } from "nats";
import type { Bus } from "./connect.js";
import { readStream } from "./read-stream.js";

/** What a stored entry tells. */
export type StoredEntry = Pick<KvEntry, "bucket" | "key" | "value" | "revision" | "operation">;

const OPERATION = "KV-Operation";

/**
 * Yields the newest entry of each key that changed after a revision, removals too, in the order of
 * their revisions; ends with the last that exists. Throws BUS_UNAVAILABLE.
 */
export async function* readEntries(
  bus: Bus,
  bucket: KV,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<StoredEntry> {
  const { bucket: name, streamInfo } = await bucket.status();
  const prefix = `$KV.${name}.`;
  const range = { stream: streamInfo.config.name, subject: `${prefix}>`, after };
  for await (const { subject, data, seq, headers } of readStream(bus, range, signal)) {
    const operation = headers?.get(OPERATION) || "PUT";
    yield {
      ...{ bucket: name, key: subject.slice(prefix.length), value: data, revision: seq },
      operation: operation === "DEL" || operation === "PURGE" ? operation : "PUT",
    };
  }
}
