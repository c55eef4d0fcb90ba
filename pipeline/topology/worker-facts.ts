/**
 * Worker facts: what a live worker announces about itself (the video encoders of its machine, and
 * which of them work), in a bucket whose entries expire unless they are repeated. Workers announce
 * them; the gateway watches them.
 */

import type { KV, KvEntry } from "nats";
import { sharedController } from "../../kit/async/abort.js";
import { Condition } from "../../kit/async/condition.js";
import { pause } from "../../kit/async/delay.js";
import type { Bus } from "../../kit/nats/connect.js";
import { followKv } from "../../kit/nats/follow-kv.js";
import { UnreadableEntries } from "../../kit/nats/unreadable.js";

/** Facts expire unless they are repeated within this time. */
export const WORKER_FACTS_TTL_MS = 60_000;
const REPEAT_MS = WORKER_FACTS_TTL_MS / 3;
/**
 * Delay before another try. After a return of NATS, the gateway may not have created the bucket
 * yet.
 */
const RETRY_MS = 500;

/** Facts that are announced until they are retracted. */
export interface Announcement<T> {
  /** Announces other facts from now on. */
  replace(facts: T): void;
  /** Resolves when others can know that it is over. Never rejects: the entry expires anyway. */
  retract(): Promise<void>;
}

/** Announces `facts` under the worker's key, and repeats them so that they do not expire. */
export function announceFacts<T>(bus: Bus, bucket: KV, key: string, facts: T): Announcement<T> {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  let current = facts;
  const announce = async () => {
    clearTimeout(timer);
    if (isOver) return;
    const nextMs = await bucket.put(key, JSON.stringify(current)).then(
      () => REPEAT_MS,
      (error) => {
        bus.log.warn({ err: error }, "could not announce the worker's facts; trying again");
        // While the server is away, its return triggers the next try.
        return bus.connectionState.isUp ? RETRY_MS : REPEAT_MS;
      },
    );
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(announce, nextMs);
  };
  void announce();
  // The bucket is in the server's memory, so a restart of the server loses the facts.
  const stopListening = bus.connectionState.onReturn(() => void announce());
  return {
    replace: (next) => {
      current = next;
      void announce();
    },
    retract: async () => {
      isOver = true;
      clearTimeout(timer);
      stopListening();
      if (bus.connectionState.isUp) await bucket.delete(key).catch(() => {});
    },
  };
}

/** The facts of all live workers, kept up to date by a watch. Skips what it cannot read. */
export class WorkerFactsBoard<T> {
  readonly #read: (value: unknown, key: string) => T | undefined;
  readonly #facts = new Map<string, { readonly facts: T; readonly receivedAtMs: number }>();
  readonly #stop = new AbortController();
  /** Aborted by the first facts that arrive. */
  readonly #anyFacts = sharedController();
  readonly #changed = new Condition();

  /** `read`: the facts in parsed JSON under this key; undefined when they have another shape. */
  constructor(read: (value: unknown, key: string) => T | undefined) {
    this.#read = read;
  }

  /**
   * Starts the watch. Resolves when the current content of the bucket is known. A worker that is
   * missing after a return of the server stays: it may only not have repeated its facts yet.
   */
  async open(bus: Bus, bucket: KV): Promise<void> {
    const unreadable = new UnreadableEntries(bus.log);
    await followKv({ bus, bucket }, this.#stop.signal, {
      take: (entry) => this.#take(entry, unreadable),
    });
  }

  /** Resolves as soon as any worker has announced facts, and at the latest after `timeoutMs`. */
  anyone(timeoutMs: number): Promise<void> {
    return pause(timeoutMs, this.#anyFacts.signal);
  }

  /** Resolves when facts have come, changed or gone since the call, or when the signal fires. */
  changed(signal: AbortSignal): Promise<void> {
    return this.#changed.wait(signal);
  }

  /** Facts by the worker's key. */
  get live(): ReadonlyMap<string, T> {
    this.#dropExpired();
    return new Map([...this.#facts].map(([worker, { facts }]) => [worker, facts]));
  }

  close(): void {
    this.#stop.abort();
  }

  /** The watch does not report entries that expire. */
  #dropExpired(): void {
    const oldestMs = Date.now() - WORKER_FACTS_TTL_MS;
    for (const [worker, { receivedAtMs }] of this.#facts) {
      if (receivedAtMs < oldestMs) this.#facts.delete(worker);
    }
  }

  #take(entry: KvEntry, unreadable: UnreadableEntries): void {
    this.#keep(entry, unreadable);
    this.#changed.notifyAll();
  }

  #keep({ bucket, key, operation, value, revision }: KvEntry, unreadable: UnreadableEntries): void {
    if (operation !== "PUT") {
      this.#facts.delete(key);
      return;
    }
    const facts = this.#parse(value, key);
    if (facts === undefined) {
      // What the worker has announced before may no longer hold.
      this.#facts.delete(key);
      unreadable.skip(bucket, key, revision, undefined);
      return;
    }
    this.#facts.set(key, { facts, receivedAtMs: Date.now() });
    this.#anyFacts.abort();
  }

  #parse(value: Uint8Array, key: string): T | undefined {
    try {
      return this.#read(JSON.parse(Buffer.from(value).toString()), key);
    } catch {
      return undefined;
    }
  }
}
