/** All entries of a bucket: every key's newest revision, removals among them. */
import type { JetStreamManager, KV, KvEntry } from "nats";
import { DepthmeshError } from "../errors.js";

const TIMEOUT_MS = 60_000;

/**
 * Calls `visit` for each; a key that is written meanwhile may come more than once. Throws BUS_UNAVAILABLE unless it has seen
 * every key that was there at the call.
 */
export async function readBucket(
  manager: JetStreamManager,
  bucket: KV,
  visit: (entry: KvEntry) => void,
): Promise<void> {
  const missing = await keysOf(manager, bucket);
  await readStream(bucket, (entry) => {
    missing.delete(entry.key);
    visit(entry);
  });
  // A key that is written during the reading goes to its end, and may have been overtaken by what was written after it.
  for (const key of missing) {
    const entry = await answered(() => bucket.get(key));
    if (entry) visit(entry);
  }
}

/** Every key, removed ones among them. */
async function keysOf(manager: JetStreamManager, bucket: KV): Promise<Set<string>> {
  return answered(async () => {
    const { bucket: name, streamInfo } = await bucket.status();
    const prefix = `$KV.${name}.`;
    const filter = { subjects_filter: `${prefix}>` };
    const { state } = await manager.streams.info(streamInfo.config.name, filter);
    return new Set(
      Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length)),
    );
  });
}

/**
 * Calls `visit` for as many entries as there were at the call, in the order of their revisions. What is written meanwhile counts
 * among them, so that others may lack. Throws BUS_UNAVAILABLE.
 */
async function readStream(bucket: KV, visit: (entry: KvEntry) => void): Promise<void> {
  let isWhole = false;
  let stop = () => {};
  const entries = await answered(() =>
    bucket.watch({
      initializedFn: () => {
        isWhole = true;
        stop();
      },
    }),
  );
  // nats.js may say so before the entries it has received are taken.
  let left = isWhole ? entries.getPending() : Number.POSITIVE_INFINITY;
  stop = () => entries.stop();
  const timer = setTimeout(stop, TIMEOUT_MS);
  try {
    if (left === 0) return;
    for await (const entry of entries) {
      visit(entry);
      left -= 1;
      if (left === 0) break;
    }
  } finally {
    clearTimeout(timer);
    stop();
  }
  if (!isWhole) throw new DepthmeshError("BUS_UNAVAILABLE", "a bucket was not read to its end");
}

async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new DepthmeshError("BUS_UNAVAILABLE", "NATS did not answer", { cause });
  }
}
