/**
 * The sweep: removes blobs that no bucket entry references, half-written blob files, and the
 * deletion markers that removed records leave in the NATS buckets.
 */
import type { JetStreamManager, KV, KvEntry } from "nats";
import { type BlobStore, hashesIn } from "../../../kit/blobs/store.js";
import type { Log } from "../../../kit/log.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { readBucket } from "../../../kit/nats/kv.js";
import { CLOCK_SKEW_MS, isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import { isUnreadable, parseRecord } from "../../../pipeline/record/stored-record.js";
import { STAGES } from "../../../pipeline/stages.js";
import { JOBS_BUCKET } from "../../../pipeline/topology/names.js";

export interface SweepOptions {
  readonly bus: Bus;
  /** A blob whose hash stands in any entry of these buckets is kept. */
  readonly buckets: readonly KV[];
  /** Refer to no blob, and have deletion markers without an end of their own. */
  readonly otherBuckets: readonly KV[];
  readonly blobs: BlobStore;
  readonly log: Log;
  /** Younger blobs are kept: their writer may be about to reference them. */
  readonly graceMs: number;
  /** Younger deletion markers are kept: a watcher may not have seen them yet. */
  readonly markAgeMs: number;
}

/** Throws BUS_UNAVAILABLE before it removes any blob, because all buckets must be read first. */
export async function sweep(options: SweepOptions): Promise<void> {
  const { bus, buckets, blobs, log, graceMs } = options;
  await blobs.clearPartials();
  // The blobs are listed before the references are read, so that a reference made in between is
  // seen. A writer that references an old blob again renews its age.
  const graceEndsMs = Date.now() - graceMs;
  const orphans = new Set(await blobs.olderThan(graceEndsMs));
  // References are crossed off instead of collected: a hash cut out of a record would keep the
  // record's whole text in memory.
  const { workBeganAtMs, markers } = await readBlobReferences(bus.manager, buckets, (sha256) =>
    orphans.delete(sha256),
  );
  const beforeMs = Math.min(graceEndsMs, workBeganAtMs - CLOCK_SKEW_MS);
  let removed = 0;
  for (const sha256 of orphans) if (await blobs.removeOlder(sha256, beforeMs)) removed += 1;
  if (removed > 0) log.info({ blobs: removed }, "removed blobs without references");
  await clearMarkers(options, markers);
  for (const bucket of options.otherBuckets) {
    await clearMarkers(options, await markersIn(bus.manager, bucket));
  }
}

async function markersIn(manager: JetStreamManager, bucket: KV): Promise<KvEntry[]> {
  const markers: KvEntry[] = [];
  await readBucket(manager, bucket, (entry) => {
    if (entry.operation !== "PUT") markers.push(entry);
  });
  return markers;
}

/** Deletes markers by sequence, so that a key that was written again keeps its new value. */
async function clearMarkers(
  { bus, markAgeMs }: SweepOptions,
  markers: BlobReferences["markers"],
): Promise<void> {
  for (const { bucket, revision, created } of markers) {
    if (Date.now() - created.getTime() < markAgeMs) continue;
    await bus.manager.streams.deleteMessage(`KV_${bucket}`, revision, false);
  }
}

interface BlobReferences {
  /**
   * Unix milliseconds: when work began on the oldest job that a worker holds. Whatever its stages
   * have written, and not referenced yet, is younger.
   */
  readonly workBeganAtMs: number;
  /** The deletion markers in the buckets. */
  readonly markers: readonly KvEntry[];
}

/**
 * Calls `onReference` with the hash of each referenced blob. Throws BUS_UNAVAILABLE unless every
 * bucket was read to its end.
 */
async function readBlobReferences(
  manager: JetStreamManager,
  buckets: readonly KV[],
  onReference: (sha256: string) => void,
): Promise<BlobReferences> {
  const markers: KvEntry[] = [];
  let workBeganAtMs = Number.POSITIVE_INFINITY;
  for (const bucket of buckets) {
    await readBucket(manager, bucket, (entry) => {
      if (entry.operation !== "PUT") {
        markers.push(entry);
        return;
      }
      for (const sha256 of hashesIn(entry.string())) onReference(sha256);
      if (entry.bucket !== JOBS_BUCKET) return;
      workBeganAtMs = Math.min(workBeganAtMs, workBeganOn(entry));
    });
  }
  return { workBeganAtMs, markers };
}

/** As `workBegan`. Nobody can hold a record that cannot be read. */
function workBeganOn({ value, key }: KvEntry): number {
  try {
    return workBegan(parseRecord(value, key));
  } catch (error) {
    if (isUnreadable(error)) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

/** Unix milliseconds when the first stage was taken; infinity if no worker holds the job. */
export function workBegan(record: JobRecord): number {
  const isWorkedOn = STAGES.some((stage) => record.stages[stage].lease !== null);
  if (isTerminal(record) || !isWorkedOn) return Number.POSITIVE_INFINITY;
  // Entry 2 is the one after QUEUED; a long history may have dropped it.
  const began = record.history.find(({ number }) => number === 2);
  return began?.atMs ?? record.createdAtMs;
}
