/** Removes what nothing names any more: blobs, half-written files, and the marks that removed records leave. */
import type { JetStreamManager, KV, KvEntry } from "nats";
import type { FileBlobStore } from "../../../kit/blobs/file-store.js";
import { hashesIn } from "../../../kit/blobs/store.js";
import type { Log } from "../../../kit/log.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { readBucket } from "../../../kit/nats/read-bucket.js";
import {
  CLOCK_SKEW_MS,
  isTerminal,
  type JobRecord,
  upgradeRecord,
} from "../../../pipeline/record/record.js";
import { STAGES } from "../../../pipeline/stages.js";
import { JOBS_BUCKET } from "../../../pipeline/topology/names.js";

export interface SweepOptions {
  readonly bus: Bus;
  /** Whatever an entry of these names is kept. */
  readonly buckets: readonly KV[];
  readonly blobs: FileBlobStore;
  readonly log: Log;
  readonly graceMs: number;
  /** Age of a mark that every watcher has heard of. */
  readonly markAgeMs: number;
}

/** Throws BUS_UNAVAILABLE before anything is removed that might be named. */
export async function sweep(options: SweepOptions): Promise<void> {
  const { bus, buckets, blobs, log, graceMs } = options;
  await blobs.clearPartials();
  // Blobs first, names after: what is named meanwhile is seen, and who names a blob again renews its age.
  const graceEndsMs = Date.now() - graceMs;
  const orphans = new Set(await blobs.olderThan(graceEndsMs));
  // Names are crossed out, not collected: a hash that was cut out of a record keeps the whole text in memory.
  const { workBeganAtMs, marks } = await readBlobReferences(bus.manager, buckets, (sha256) =>
    orphans.delete(sha256),
  );
  const beforeMs = Math.min(graceEndsMs, workBeganAtMs - CLOCK_SKEW_MS);
  const removed = [...orphans].filter((sha256) => blobs.removeOlder(sha256, beforeMs));
  if (removed.length > 0) log.info({ blobs: removed.length }, "blobs swept that nothing named");
  await clearMarks(options, marks);
}

/** By their sequence: a key that is written again meanwhile keeps what it has. */
async function clearMarks(
  { bus, markAgeMs }: SweepOptions,
  marks: BlobReferences["marks"],
): Promise<void> {
  for (const { bucket, revision, created } of marks) {
    if (Date.now() - created.getTime() < markAgeMs) continue;
    await bus.manager.streams.deleteMessage(`KV_${bucket}`, revision, false);
  }
}

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
