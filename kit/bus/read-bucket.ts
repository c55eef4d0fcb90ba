/** All entries of a bucket, once: every key's newest revision, removals among them. */
import type { KV, KvEntry } from "nats";
import { DepthmeshError } from "../errors.js";

const TIMEOUT_MS = 60_000;

/** Calls `visit` for each. Throws BUS_UNAVAILABLE unless it has seen everything that was there at the call. */
export async function readBucket(bucket: KV, visit: (entry: KvEntry) => void): Promise<void> {
  let isWhole = false;
  let stop = () => {};
  const entries = await bucket.watch({
    initializedFn: () => {
      isWhole = true;
      stop();
    },
  });
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
