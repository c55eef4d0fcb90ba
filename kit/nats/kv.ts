/**
 * Reads and watches JetStream key-value buckets without missing a key or the latest change of it,
 * also when nats-server restarts.
 */
import type { JetStreamManager, KV, KvEntry } from "nats";
import { onAbort } from "../async/abort.js";
import { pause } from "../async/delay.js";
import { AsyncQueue } from "../async/queue.js";
import { unlessChanged } from "./bus-errors.js";
import type { Bus } from "./connect.js";

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

export type KvChange =
  /** The newest revision of a key; a removal is a revision too. */
  | { readonly kind: "entry"; readonly entry: KvEntry }
  /**
   * All existing entries have been yielded: once after the start, and once after each restart.
   * Every change up to `revision` has been yielded: it is that of the bucket's last entry before
   * the watch was opened, or a later one that came meanwhile.
   */
  | { readonly kind: "current"; readonly revision: number };

export interface KvWatchOptions {
  readonly bus: Bus;
  readonly bucket: KV;
  /** One key, or a pattern of keys; all keys by default. */
  readonly key?: string;
  /**
   * Keys (of which it is true) that were removed without a trace while the watch was away are told
   * as removals. It costs their memory.
   */
  readonly tellsVanished?: boolean | ((key: string) => boolean);
  /** What was yielded up to here before is left out, as long as the bucket is the same. */
  readonly after?: KvPosition;
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

const REOPEN_DELAY_MS = 250;

/**
 * Yields the existing entries and then each change, in the order of their revisions: none twice,
 * and none older than one that was yielded. The watch outlives nats-server: it restarts when the
 * server or the consumer behind it was gone. Of several changes of a key in between, only the
 * newest is yielded; keys that were purged in between are not reported, unless `tellsVanished`.
 * Ends when the signal fires or the connection is closed; never throws. Waits for a bucket that
 * does not exist yet.
 */
export async function* watchKv(
  options: KvWatchOptions,
  signal: AbortSignal,
): AsyncGenerator<KvChange> {
  const { bus } = options;
  const position = new RevisionCursor(options.after);
  const known = options.tellsVanished ? new KnownKeys(options, options.tellsVanished) : undefined;
  while (!signal.aborted && !bus.connection.isClosed()) {
    await bus.connectionState.untilUp(signal);
    try {
      for await (const change of watchOnce(options, position, signal)) {
        if (change.kind === "entry") known?.take(change.entry);
        else if (known) yield* known.vanished(change.revision);
        yield change;
      }
    } catch (error) {
      bus.log.debug({ err: error, key: options.key }, "a watch restarts");
      await pause(REOPEN_DELAY_MS, signal);
    }
  }
}

/** The keys that a watch has told of: those of them that the bucket has lost without a trace. */
class KnownKeys {
  readonly #options: KvWatchOptions;
  readonly #which: true | ((key: string) => boolean);
  readonly #keys = new Set<string>();
  #name = "";
  #isFirst = true;

  constructor(options: KvWatchOptions, which: true | ((key: string) => boolean)) {
    this.#options = options;
    this.#which = which;
  }

  take({ bucket, key, operation }: KvEntry): void {
    if (this.#which !== true && !this.#which(key)) return;
    this.#name = bucket;
    if (operation === "PUT") this.#keys.add(key);
    else this.#keys.delete(key);
  }

  /** Removals, once a watch that was opened again has told what exists. Throws BUS_UNAVAILABLE. */
  async *vanished(revision: number): AsyncGenerator<KvChange> {
    if (this.#isFirst) {
      this.#isFirst = false;
      return;
    }
    const told = [...this.#keys];
    const { bus, bucket } = this.#options;
    const existing = new Set(await bucketKeys(bus.manager, bucket));
    for (const key of told) {
      if (existing.has(key)) continue;
      this.#keys.delete(key);
      yield { kind: "entry", entry: removalOf(this.#name, key, revision) };
    }
  }
}

/** The entry that a removal would have left. */
function removalOf(bucket: string, key: string, revision: number): KvEntry {
  return {
    ...{ bucket, key, revision, operation: "DEL", created: new Date(), length: 0 },
    value: new Uint8Array(),
    string: () => "",
    json: () => {
      throw new Error("a removal has no value");
    },
  };
}

/** How far a watch has come in its bucket. */
class RevisionCursor {
  #createdAt: string;
  #revision: number;

  constructor({ created, revision }: KvPosition = { created: "", revision: 0 }) {
    this.#createdAt = created;
    this.#revision = revision;
  }

  /**
   * Starts over when the bucket was created anew or has lost its last entries: it counts from 1
   * again.
   */
  check(createdAt: string, lastRevision: number): void {
    if (createdAt !== this.#createdAt || lastRevision < this.#revision) this.#revision = 0;
    this.#createdAt = createdAt;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Revisions rise over all keys of a bucket, so one number is enough to recognize new entries. */
  advances(revision: number): boolean {
    if (revision <= this.#revision) return false;
    this.#revision = revision;
    return true;
  }
}

/**
 * Ends when the server has been away or the signal fires. Throws when the consumer is lost or
 * cannot be made.
 */
async function* watchOnce(
  { bus, bucket, key }: KvWatchOptions,
  position: RevisionCursor,
  signal: AbortSignal,
): AsyncGenerator<KvChange> {
  const away = new AbortController();
  // Before the first request: the server may go away and return between two replies.
  const stopListening = bus.connectionState.onReturn(() => away.abort());
  const over = AbortSignal.any([signal, away.signal]);
  try {
    const { created, state } = (await bucket.status()).streamInfo;
    position.check(String(created), state.last_seq);
    const range = { after: position.revision, last: state.last_seq };
    for await (const change of changesOf(bucket, key, range, over)) {
      if (signal.aborted) return;
      if (change.kind === "current") {
        yield { kind: "current", revision: Math.max(change.revision, position.revision) };
      } else if (position.advances(change.entry.revision)) yield change;
    }
  } finally {
    stopListening();
    away.abort();
  }
}

async function* changesOf(
  bucket: KV,
  key: string | undefined,
  { after, last: revision }: { readonly after: number; readonly last: number },
  over: AbortSignal,
): AsyncGenerator<KvChange> {
  const changes = new AsyncQueue<KvChange>();
  let onCurrent = () => {};
  let isEarly = false;
  const entries = await bucket.watch({
    ...(key !== undefined && { key }),
    // A bucket has one entry of each key, so nothing but the later ones is of interest.
    ...(after > 0 && { resumeFromRevision: after + 1 }),
    initializedFn: () => {
      isEarly = true;
      onCurrent();
    },
  });
  const pushCurrent = () => changes.push({ kind: "current", revision });
  // nats.js may call initializedFn before the entries that it has received are taken from the
  // queue.
  const received = isEarly ? entries.getPending() : -1;
  if (received === 0) pushCurrent();
  onCurrent = pushCurrent;
  const stopListening = onAbort(over, () => entries.stop());
  const pump = async () => {
    let count = 0;
    for await (const entry of entries) {
      changes.push({ kind: "entry", entry });
      count += 1;
      if (count === received) pushCurrent();
    }
  };
  pump().then(
    () => changes.close(),
    (error) => changes.close(error),
  );
  try {
    yield* changes;
  } finally {
    stopListening();
    entries.stop();
  }
}
