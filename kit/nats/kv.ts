/** Reads JetStream key-value buckets without missing a key; the watch is in kv-watch.ts. */
import type { JetStreamManager, KV, KvEntry } from "nats";
import { pause } from "../async/delay.js";
import { unlessChanged } from "./bus-errors.js";

/** Single keys of a bucket: read, and changed by compare-and-set. */
export type KvCells = Pick<KV, "get" | "create" | "update" | "put">;

/**
 * Writes a value if `known` is still the newest entry of the key, null if there was none. Returns
 * the new revision; undefined after a conflict. Throws BUS_UNAVAILABLE.
 */
export async function compareAndSet(
  bucket: Pick<KV, "create" | "update">,
  key: string,
  value: string,
  known: Pick<KvEntry, "revision"> | null,
): Promise<number | undefined> {
  return unlessChanged(() =>
    known ? bucket.update(key, value, known.revision) : bucket.create(key, value),
  );
}

/**
 * The same, and removed: never by `purge`, of which nats-server 2.9 tells some watches nothing if
 * the key was written a moment before. With a history of one entry both leave the same.
 */
export type RemovableCells = KvCells & Pick<KV, "delete">;

const READS_IN_FLIGHT = 16;

/**
 * Calls `visit` with the newest revision of every key that exists at the time of the call, unless
 * it is purged meanwhile; in no particular order; removals are revisions too. It reads key by key,
 * because a watch over the bucket ends after as many entries as there were: it can miss a key that
 * is rewritten meanwhile, and it holds all entries in memory at once. Throws BUS_UNAVAILABLE unless
 * all were read.
 */
export async function readBucket(
  manager: JetStreamManager,
  bucket: KV,
  visit: (entry: KvEntry) => void,
): Promise<void> {
  const keys = (await bucketKeys(manager, bucket)).values();
  const readRest = async () => {
    for (const key of keys) {
      const entry = await bucket.get(key);
      if (entry) visit(entry);
    }
  };
  await Promise.all(Array.from({ length: READS_IN_FLIGHT }, readRest));
}

/** The keys that nats.js reads. Other subjects of a bucket are no key that this system writes. */
const KEY = /^[-/=.\w]+$/;

/**
 * Every key, also removed ones. The `keys()` of nats.js is a watch, which can miss keys as above.
 */
export async function bucketKeys(manager: JetStreamManager, bucket: KV): Promise<string[]> {
  const { bucket: name, streamInfo } = await bucket.status();
  const prefix = `$KV.${name}.`;
  const filter = { subjects_filter: `${prefix}>` };
  const { state } = await manager.streams.info(streamInfo.config.name, filter);
  const keys = Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
  return keys.filter((key) => KEY.test(key) && !key.startsWith(".") && !key.endsWith("."));
}

/** Revision of the bucket's last change. Throws BUS_UNAVAILABLE. */
export async function lastRevision(bucket: Pick<KV, "status">): Promise<number> {
  return (await bucket.status()).streamInfo.state.last_seq;
}

const AT_LEAST_WAIT_MS = 2_000;
const AT_LEAST_FIRST_PAUSE_MS = 10;

/**
 * The newest entry of a key once the bucket has the revision `atLeast`, which somebody has seen;
 * null where there is none. After an election the new leader of a cluster may lack it for a moment.
 * After 2 s it returns what there is: then the server has lost entries. Throws BUS_UNAVAILABLE.
 */
export async function entryAtLeast(
  bucket: Pick<KV, "get" | "status">,
  key: string,
  atLeast: number,
): Promise<KvEntry | null> {
  const untilMs = performance.now() + AT_LEAST_WAIT_MS;
  let entry = await bucket.get(key);
  for (let pauseMs = AT_LEAST_FIRST_PAUSE_MS; (entry?.revision ?? 0) < atLeast; pauseMs *= 2) {
    // The key may have been purged, or `atLeast` may be a revision of another one.
    const isThere = (await lastRevision(bucket)) >= atLeast;
    if (!isThere && performance.now() > untilMs) break;
    if (!isThere) await pause(pauseMs);
    entry = await bucket.get(key);
    if (isThere) break;
  }
  return entry;
}

/** How far a bucket was read. */
export interface KvPosition {
  /** When the bucket was created: tells it from a later one of the same name. */
  readonly created: string;
  readonly revision: number;
}

/** The position of the bucket's last change. Throws BUS_UNAVAILABLE. */
export async function lastPosition(bucket: Pick<KV, "status">): Promise<KvPosition> {
  const { created, state } = (await bucket.status()).streamInfo;
  return { created: String(created), revision: state.last_seq };
}
