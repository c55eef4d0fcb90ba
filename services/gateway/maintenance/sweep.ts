/** Removes what nothing names any more: blobs, half-written files, and the marks that removed records leave. */
import type { KV } from "nats";
import type { FileBlobStore } from "../../../kit/blobs/file-store.js";
import type { Log } from "../../../kit/log.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { CLOCK_SKEW_MS } from "../../../pipeline/record/record.js";
import { type BlobReferences, readBlobReferences } from "./referenced-blobs.js";

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
