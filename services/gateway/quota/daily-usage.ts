/**
 * What each tenant has used since the day began (UTC), in the bucket `dm_usage`, which all gateways
 * share. A gateway adds what its calls use in memory and writes it in batches by compare-and-set:
 * no call waits for NATS, a gateway that dies loses one batch at most, and two gateways together
 * exceed a limit by one batch at most.
 */
import type { KV, KvEntry } from "nats";
import { z } from "zod";
import type { Log } from "../../../kit/log.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { followKv } from "../../../kit/nats/follow-kv.js";
import { compareAndSet, type KvCells } from "../../../kit/nats/kv.js";
import { newId } from "../../../pipeline/record/id.js";

/** What is used by the day. */
export interface Amounts {
  readonly uploadBytes: number;
  /** Pixels that are drawn. */
  readonly pixelFrames: number;
}

export const NOTHING: Amounts = { uploadBytes: 0, pixelFrames: 0 };

const DAY_MS = 86_400_000;
/** How long what was used waits to be written. */
const BATCH_MS = 200;
const RETRY_MS = 1_000;

const storedSchema = z.object({
  uploadBytes: z.number(),
  pixelFrames: z.number(),
  /** The last batch of each gateway: one whose answer was lost is not added twice. */
  batches: z.record(z.string(), z.number()),
});
type Stored = Readonly<z.infer<typeof storedSchema>>;
const EMPTY: Stored = { ...NOTHING, batches: {} };

/** One tenant's day. */
interface Account {
  stored: Stored;
  revision: number;
  /** Used, and in no batch yet. */
  waiting: Amounts;
  /** Being written. */
  batch: (Amounts & { readonly number: number }) | undefined;
}

export class DailyUsage {
  readonly #bucket: KvCells;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #accounts = new Map<string, Account>();
  readonly #gateway = newId();
  readonly #stop = new AbortController();
  #batches = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** `now`: Unix milliseconds. */
  constructor(bucket: KvCells, log: Log, now: () => number = Date.now) {
    this.#bucket = bucket;
    this.#log = log;
    this.#now = now;
  }

  /** Follows what other gateways write. Resolves when the present usage is known. */
  async open(bus: Bus, bucket: KV): Promise<void> {
    await followKv({ bus, bucket }, this.#stop.signal, { take: (entry) => this.#take(entry) });
  }

  /** What the tenant has used today, as far as this gateway knows. */
  of(tenant: string): Amounts {
    const account = this.#accounts.get(keyOf(this.#now(), tenant));
    if (!account) return NOTHING;
    return positive(sum(sum(account.stored, account.waiting), account.batch ?? NOTHING));
  }

  /** Unix milliseconds. */
  get dayBeganAtMs(): number {
    return this.#now() - (this.#now() % DAY_MS);
  }

  /** Milliseconds until the next day begins. */
  get untilResetMs(): number {
    return DAY_MS - (this.#now() % DAY_MS);
  }

  get resetTime(): Date {
    return new Date(this.#now() + this.untilResetMs);
  }

  /** Adds to what the tenant has used today. The returned function takes it back, once. */
  add(tenant: string, used: Amounts): () => void {
    const account = this.#account(keyOf(this.#now(), tenant));
    this.#addTo(account, used);
    let isOpen = true;
    return () => {
      if (isOpen) this.#addTo(account, negative(used));
      isOpen = false;
    };
  }

  /** Writes what is not written yet. */
  async close(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#writeAll();
  }

  #addTo(account: Account, used: Amounts): void {
    account.waiting = sum(account.waiting, used);
    this.#writeIn(BATCH_MS);
  }

  #writeIn(delayMs: number): void {
    if (this.#timer || this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#writing = this.#writing.then(() => this.#writeAll());
    }, delayMs).unref();
  }

  /** A day that is over goes with its last batch. */
  async #writeAll(): Promise<void> {
    this.#timer = undefined;
    const today = dayOf(this.#now());
    for (const [key, account] of [...this.#accounts]) {
      try {
        await this.#write(key, account);
        if (!key.startsWith(today)) this.#accounts.delete(key);
      } catch (error) {
        this.#log.warn({ err: error }, "what was used is not written yet; trying again");
        this.#writeIn(RETRY_MS);
      }
    }
  }

  async #write(key: string, account: Account): Promise<void> {
    if (!account.batch) {
      if (isNothing(account.waiting)) return;
      this.#batches += 1;
      account.batch = { ...account.waiting, number: this.#batches };
      account.waiting = NOTHING;
    }
    const { batch } = account;
    for (;;) {
      const entry = await this.#bucket.get(key);
      const stored = entry?.operation === "PUT" ? storedIn(entry.value) : EMPTY;
      const isWritten = stored.batches[this.#gateway] === batch.number;
      const next = isWritten ? stored : withBatch(stored, batch, this.#gateway);
      const revision = isWritten
        ? entry?.revision
        : await compareAndSet(this.#bucket, key, JSON.stringify(next), entry);
      if (revision === undefined) continue;
      if (revision > account.revision) Object.assign(account, { stored: next, revision });
      if (account.batch === batch) account.batch = undefined;
      return;
    }
  }

  #take({ key, operation, value, revision }: KvEntry): void {
    if (!key.startsWith(dayOf(this.#now()))) return;
    const account = this.#account(key);
    if (revision <= account.revision) return;
    account.stored = operation === "PUT" ? storedIn(value) : EMPTY;
    account.revision = revision;
    // The watch may tell this gateway's own batch before the answer does.
    const { number } = account.batch ?? {};
    if (account.stored.batches[this.#gateway] === number) account.batch = undefined;
  }

  #account(key: string): Account {
    const known = this.#accounts.get(key);
    if (known) return known;
    const fresh = { stored: EMPTY, revision: 0, waiting: NOTHING, batch: undefined };
    this.#accounts.set(key, fresh);
    return fresh;
  }
}

function keyOf(nowMs: number, tenant: string): string {
  return `${dayOf(nowMs)}.${tenant}`;
}

/** As 2026-01-31, in UTC. */
function dayOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

/** What cannot be read counts as nothing: it is written anew. */
function storedIn(bytes: Uint8Array): Stored {
  try {
    return storedSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch {
    return EMPTY;
  }
}

function withBatch(
  stored: Stored,
  { number, ...used }: Amounts & { readonly number: number },
  gateway: string,
): Stored {
  return {
    ...positive(sum(stored, used)),
    batches: { ...stored.batches, [gateway]: number },
  };
}

function sum(a: Amounts, b: Amounts): Amounts {
  return {
    uploadBytes: a.uploadBytes + b.uploadBytes,
    pixelFrames: a.pixelFrames + b.pixelFrames,
  };
}

function negative({ uploadBytes, pixelFrames }: Amounts): Amounts {
  return { uploadBytes: -uploadBytes, pixelFrames: -pixelFrames };
}

function positive({ uploadBytes, pixelFrames }: Amounts): Amounts {
  return { uploadBytes: Math.max(0, uploadBytes), pixelFrames: Math.max(0, pixelFrames) };
}

function isNothing({ uploadBytes, pixelFrames }: Amounts): boolean {
  return uploadBytes === 0 && pixelFrames === 0;
}
