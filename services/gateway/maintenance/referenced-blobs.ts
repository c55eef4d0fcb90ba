/** One reading of the buckets that name blobs: which are named, what may be named soon, which marks of removals are left. */
import type { JetStreamManager, KV, KvEntry } from "nats";
import { hashesIn } from "../../../kit/blobs/store.js";
import { readBucket } from "../../../kit/nats/read-bucket.js";
import { JOBS_BUCKET, STAGES } from "../../../pipeline/nats/subjects.js";
import { isTerminal, type JobRecord, upgradeRecord } from "../../../pipeline/record/record.js";

export interface BlobReferences {
  /** When work began on the oldest job that is worked on: whatever its stages have written is younger. */
  readonly workBeganAtMs: number;
  /** What a removal leaves in a bucket so that watchers hear of it. */
  readonly marks: readonly KvEntry[];
}

/** Calls `onNamed` with each blob's hash that is named. Throws BUS_UNAVAILABLE unless every bucket was read to its end. */
export async function readBlobReferences(
  manager: JetStreamManager,
  buckets: readonly KV[],
  onNamed: (sha256: string) => void,
): Promise<BlobReferences> {
  const marks: KvEntry[] = [];
  let workBeganAtMs = Number.POSITIVE_INFINITY;
  for (const bucket of buckets) {
    await readBucket(manager, bucket, (entry) => {
      if (entry.operation !== "PUT") {
        marks.push(entry);
        return;
      }
      for (const sha256 of hashesIn(entry.string())) onNamed(sha256);
      if (entry.bucket !== JOBS_BUCKET) return;
      const record = upgradeRecord(entry.json<JobRecord>());
      workBeganAtMs = Math.min(workBeganAtMs, workBegan(record));
    });
  }
  return { workBeganAtMs, marks };
}

/** Unix milliseconds; infinity for a job that nobody works on. */
export function workBegan(record: JobRecord): number {
  const isWorkedOn = STAGES.some((stage) => record.stages[stage].lease !== null);
  if (isTerminal(record) || !isWorkedOn) return Number.POSITIVE_INFINITY;
  // The entry after QUEUED, unless a long history has lost it.
  const began = record.history.find(({ number }) => number === 2);
  return began?.atMs ?? record.createdAtMs;
}
