/** A watch of a bucket that outlives nats-server: it begins anew where the server, or the consumer behind it, is gone. */
import type { KV, KvEntry } from "nats";
import { pause } from "../async/delay.js";
import { AsyncQueue } from "../async/queue.js";
import type { Bus } from "./connect.js";

const REOPEN_DELAY_MS = 250;

export type KvChange =
  /** A key's newest revision; a removal is one too. */
  | { readonly kind: "entry"; readonly entry: KvEntry }
  /** Everything there was has been given: once after the start, and after each time the watch began anew. */
  | { readonly kind: "current" };

export interface KvWatchOptions {
  readonly bus: Bus;
  readonly bucket: KV;
  /** One key, or a pattern of keys; every key where none is named. */
  readonly key?: string;
}

/**
 * The entries there are and each change, in the order of their revisions: none twice, none older than one that was given.
 * Changes of one key while the server was away come as the newest one; keys that are gone since only lack. Ends when the
 * signal fires or the connection is closed, and never throws. A bucket that does not exist yet is waited for.
 */
export async function* watchKv(
  options: KvWatchOptions,
  signal: AbortSignal,
): AsyncGenerator<KvChange> {
  const { bus } = options;
  const position = new RevisionCursor();
  while (!signal.aborted && !bus.connection.isClosed()) {
    await bus.connectionState.untilUp(signal);
    try {
      yield* watchOnce(options, position, signal);
    } catch (error) {
      bus.log.debug({ err: error, key: options.key }, "a watch begins anew");
      await pause(REOPEN_DELAY_MS, signal);
    }
  }
}

/** How far a watch has come in its bucket. */
class RevisionCursor {
  #bucketOf = "";
  #revision = 0;

  /** A bucket that was made anew, or has lost its end, counts from the start again. */
  check(createdAt: string, lastRevision: number): void {
    if (createdAt !== this.#bucketOf || lastRevision < this.#revision) this.#revision = 0;
    this.#bucketOf = createdAt;
  }

  /** Revisions rise over all keys of a bucket, so one number tells what is new. */
  advances(revision: number): boolean {
    if (revision <= this.#revision) return false;
    this.#revision = revision;
    return true;
  }
}

/** Ends when the server has been away or the signal fires. Throws when the consumer cannot be made or is lost. */
async function* watchOnce(
  { bus, bucket, key }: KvWatchOptions,
  position: RevisionCursor,
  signal: AbortSignal,
): AsyncGenerator<KvChange> {
  const away = new AbortController();
  // Before anything is asked: the server may go and return between two answers.
  const forget = bus.connectionState.onReturn(() => away.abort());
  const over = AbortSignal.any([signal, away.signal]);
  try {
    const { created, state } = (await bucket.status()).streamInfo;
    position.check(created, state.last_seq);
    for await (const change of changesOf(bucket, key, over)) {
      if (signal.aborted) return;
      if (change.kind === "current" || position.advances(change.entry.revision)) yield change;
    }
  } finally {
    forget();
    away.abort();
  }
}

async function* changesOf(
  bucket: KV,
  key: string | undefined,
  over: AbortSignal,
): AsyncGenerator<KvChange> {
  const changes = new AsyncQueue<KvChange>();
  let onCurrent = () => {};
  let isEarly = false;
  const entries = await bucket.watch({
    ...(key !== undefined && { key }),
    initializedFn: () => {
      isEarly = true;
      onCurrent();
    },
  });
  const tellCurrent = () => changes.push({ kind: "current" });
  // nats.js may say so before the entries it has received are taken.
  const received = isEarly ? entries.getPending() : -1;
  if (received === 0) tellCurrent();
  onCurrent = tellCurrent;
  const stop = () => entries.stop();
  over.addEventListener("abort", stop, { once: true });
  if (over.aborted) stop();
  const pump = async () => {
    let count = 0;
    for await (const entry of entries) {
      changes.push({ kind: "entry", entry });
      count += 1;
      if (count === received) tellCurrent();
    }
  };
  pump().then(
    () => changes.close(),
    (error) => changes.close(error),
  );
  try {
    yield* changes;
  } finally {
    over.removeEventListener("abort", stop);
    stop();
  }
}
