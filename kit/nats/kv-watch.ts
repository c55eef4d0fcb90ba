/**
 * Watches a JetStream key-value bucket without missing the latest change of a key, also when
 * nats-server restarts.
 */
import type { KV, KvEntry } from "nats";
import { onAbort } from "../async/abort.js";
import { pause } from "../async/delay.js";
import { AsyncQueue } from "../async/queue.js";
import type { Bus } from "./connect.js";
import { bucketKeys, type KvPosition } from "./kv.js";

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
