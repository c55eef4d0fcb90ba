/** One reading of the buckets that name blobs: which are named, and which marks of removed keys are left. */
import type { KV, KvEntry } from "nats";
import { readBucket } from "../../../kit/bus/read-bucket.js";

/** Whatever looks like a blob's hash is one: what a record names is kept, whatever field names it. */
const HASH = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

export interface Survey {
  readonly named: ReadonlySet<string>;
  /** What a removal leaves in a bucket so that watchers hear of it. */
  readonly marks: readonly KvEntry[];
}

/** Throws BUS_UNAVAILABLE unless every bucket was read to its end. */
export async function survey(buckets: readonly KV[]): Promise<Survey> {
  const named = new Set<string>();
  const marks: KvEntry[] = [];
  for (const bucket of buckets) {
    await readBucket(bucket, (entry) => {
      if (entry.operation !== "PUT") marks.push(entry);
      else for (const hash of hashesIn(entry.string())) named.add(hash);
    });
  }
  return { named, marks };
}

export function hashesIn(text: string): string[] {
  return text.match(HASH) ?? [];
}
