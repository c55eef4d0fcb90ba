/** The blob folder against what names its blobs. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { NatsConnection } from "nats";
import { readBucket } from "../../kit/nats/read-bucket.js";
import { DEPTH_MAPS_BUCKET, JOBS_BUCKET, RESULTS_BUCKET } from "../../pipeline/nats/subjects.js";

const NAMING_BUCKETS = [JOBS_BUCKET, DEPTH_MAPS_BUCKET, RESULTS_BUCKET];
const HASH = /[0-9a-f]{64}/g;

/** Blobs that were written before `beforeMs` (Unix milliseconds) and that no entry of any bucket names. */
export async function orphanBlobs(
  folder: string,
  connection: NatsConnection,
  beforeMs: number,
): Promise<string[]> {
  const old = await blobsBefore(folder, beforeMs);
  if (old.length === 0) return [];
  const named = new Set<string>();
  const views = connection.jetstream({ checkAPI: false }).views;
  const manager = await connection.jetstreamManager({ checkAPI: false });
  for (const name of NAMING_BUCKETS) {
    const bucket = await views.kv(name, { bindOnly: true });
    await readBucket(manager, bucket, (entry) => {
      for (const hash of entry.string().match(HASH) ?? []) named.add(hash);
    });
  }
  return old.filter((sha256) => !named.has(sha256));
}

async function blobsBefore(folder: string, beforeMs: number): Promise<string[]> {
  const old: string[] = [];
  for (const { name } of await readdir(folder, { withFileTypes: true })) {
    // Blobs lie in folders named by the first two digits of their hashes.
    if (name.length !== 2) continue;
    for (const sha256 of await readdir(join(folder, name))) {
      const facts = await stat(join(folder, name, sha256)).catch(() => undefined);
      if (facts && facts.mtimeMs < beforeMs) old.push(sha256);
    }
  }
  return old;
}
