/**
 * Claims that all gateways of a mesh share, in a bucket of NATS. Whoever claims a blob stores that
 * first and then looks whether somebody removes the blob; whoever removes one says so first and
 * then looks for claims. So at least one of the two sees the other, and the claimer waits.
 */
import type { KV, KvEntry } from "nats";
import { pause } from "../async/delay.js";
import { isMessageGone, isNotFound } from "../nats/bus-errors.js";
import type { Bus } from "../nats/connect.js";
import { FollowedRevision } from "../nats/followed-revision.js";
import { bucketKeys, lastRevision } from "../nats/kv.js";
import { watchKv } from "../nats/kv-watch.js";
import { BlobClaims, type Claims, type ObservedClaims } from "./claims.js";
import type { RemovalWindow } from "./object-store.js";

/** After each, in milliseconds, since somebody has said that it removes a blob: */
export interface RemovalTimes {
  /** it does not begin to, */
  readonly beginMs: number;
  /** what it has begun ends, whatever the store answers, */
  readonly endMs: number;
  /**
   * and a claimer takes it for dead, which also waits for what is still on its way to the store.
   */
  readonly deadMs: number;
}

const TIMES: RemovalTimes = { beginMs: 10_000, endMs: 20_000, deadMs: 30_000 };
const FIRST_POLL_MS = 25;
const MAX_POLL_MS = 400;

/** `claim.{sha256}.{owner}`; owners have no dots. */
const claimKey = (owner: string, sha256: string) => `claim.${sha256}.${owner}`;
function claimOf(key: string): { readonly owner: string; readonly sha256: string } {
  const [, sha256 = "", owner = ""] = key.split(".");
  return { owner, sha256 };
}
const isClaim = (key: string) => key.startsWith("claim.");
/** Each removal has one of its own. */
const removalKey = (sha256: string, id: string) => `removing.${sha256}.${id}`;

export class SharedClaims implements Claims {
  readonly isShared = true;
  readonly #bus: Bus;
  readonly #bucket: KV;
  readonly #name: string;
  /** Those of all gateways, and what this one notes. */
  readonly #known = new BlobClaims();
  /** Keys that this gateway has stored, by owner and hash. */
  readonly #stored = new Map<string, Map<string, Promise<unknown>>>();
  /** Keys of the bucket that the watch has told of, with their revisions. */
  readonly #told = new Map<string, number>();
  readonly #followed = new FollowedRevision("claims");
  readonly #newId: () => string;
  readonly #times: RemovalTimes;

  /** `name`: of the bucket. `newId` gives words that nobody else uses. */
  constructor(bus: Bus, bucket: KV, name: string, newId: () => string, times = TIMES) {
    this.#bus = bus;
    this.#bucket = bucket;
    this.#name = name;
    this.#newId = newId;
    this.#times = times;
  }

  /** Follows the claims of all gateways until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const options = { bus: this.#bus, bucket: this.#bucket, tellsVanished: isClaim };
    for await (const change of watchKv(options, signal)) {
      if (change.kind === "entry") {
        if (isClaim(change.entry.key)) this.#take(change.entry);
        this.#followed.took(change.entry.revision);
      } else this.#followed.tookAll(change.revision);
    }
  }

  /** Throws BUS_UNAVAILABLE. */
  async claim(owner: string, sha256: string): Promise<void> {
    this.#known.note(owner, sha256);
    const ofOwner = this.#stored.get(owner) ?? new Map<string, Promise<unknown>>();
    this.#stored.set(owner, ofOwner);
    const storing = ofOwner.get(sha256) ?? this.#bucket.put(claimKey(owner, sha256), "");
    ofOwner.set(sha256, storing);
    try {
      await storing;
      await this.#untilNobodyRemoves(sha256);
    } catch (error) {
      ofOwner.delete(sha256);
      throw error;
    }
  }

  note(owner: string, sha256: string): void {
    this.#known.note(owner, sha256);
  }

  release(owner: string): void {
    const stored = this.#stored.get(owner);
    this.#known.release(owner);
    this.#stored.delete(owner);
    for (const sha256 of stored?.keys() ?? []) this.#removeSoon(owner, sha256);
  }

  settle(owner: string, referred: ReadonlySet<string>): void {
    this.#known.settle(owner, referred);
    const stored = this.#stored.get(owner);
    for (const sha256 of [...(stored?.keys() ?? [])]) {
      if (!referred.has(sha256)) continue;
      stored?.delete(sha256);
      this.#removeSoon(owner, sha256);
    }
    if (stored?.size === 0) this.#stored.delete(owner);
  }

  of(owner: string): readonly string[] {
    return this.#known.of(owner);
  }

  observe(): ObservedClaims {
    return this.#known.observe();
  }

  /** No watch tells of an expired entry. */
  async forgetExpired(lives: (owner: string) => boolean): Promise<void> {
    const told = [...this.#told];
    const existing = new Set(await bucketKeys(this.#bus.manager, this.#bucket));
    for (const [key, revision] of told) {
      // It may have been claimed anew meanwhile.
      if (existing.has(key) || this.#told.get(key) !== revision) continue;
      const { owner, sha256 } = claimOf(key);
      if (lives(owner) || this.#stored.get(owner)?.has(sha256)) continue;
      this.#told.delete(key);
      this.#known.drop(owner, sha256);
    }
  }

  async upToDate(): Promise<void> {
    await this.#followed.reaches(await lastRevision(this.#bucket));
  }

  async whileRemoving<T>(
    hashes: Iterable<string>,
    work: (window: RemovalWindow) => Promise<T>,
  ): Promise<T> {
    const { beginMs, endMs } = this.#times;
    const untilMs = performance.now() + beginMs;
    const isOpen = () => performance.now() < untilMs;
    let hasBegun = false;
    const begin = () => {
      hasBegun ||= isOpen();
      return isOpen();
    };
    const window = { isOpen, begin, signal: AbortSignal.timeout(endMs) };
    const keys = [...hashes].map((sha256) => removalKey(sha256, this.#newId()));
    try {
      // All have an answer before they are forgotten: one that came later would stay.
      const puts = await Promise.allSettled(keys.map((key) => this.#bucket.put(key, "")));
      for (const put of puts) if (put.status === "rejected") throw put.reason;
      await this.upToDate();
      const result = await work(window);
      hasBegun = false;
      return result;
    } finally {
      // What has failed may still be on its way to the store: claimers wait for it.
      if (!hasBegun) await Promise.all(keys.map((key) => this.#forget(key)));
    }
  }

  /**
   * A removal takes a moment. A remover that has died is waited for once: what it has said goes, so
   * that the next claim does not wait again.
   */
  async #untilNobodyRemoves(sha256: string): Promise<void> {
    let waitsFor = 0;
    let [deadAtMs, pollMs] = [0, 0];
    for (;;) {
      const removal = await this.#removalOf(sha256);
      if (removal === undefined) return;
      if (removal !== waitsFor) {
        waitsFor = removal;
        deadAtMs = performance.now() + this.#times.deadMs;
        pollMs = FIRST_POLL_MS;
      }
      if (performance.now() < deadAtMs) {
        await pause(pollMs);
        pollMs = Math.min(2 * pollMs, MAX_POLL_MS);
      } else await this.#deleteMessage(removal);
    }
  }

  /** The sequence of the last message of somebody who removes the blob. */
  async #removalOf(sha256: string): Promise<number | undefined> {
    const last_by_subj = `$KV.${this.#name}.${removalKey(sha256, "*")}`;
    try {
      // Not by the bucket: of several servers, one that is behind may answer that.
      return (await this.#bus.manager.streams.getMessage(`KV_${this.#name}`, { last_by_subj })).seq;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Another claimer may have deleted it. */
  async #deleteMessage(sequence: number): Promise<void> {
    try {
      await this.#bus.manager.streams.deleteMessage(`KV_${this.#name}`, sequence, false);
    } catch (error) {
      if (!isMessageGone(error)) throw error;
    }
  }

  #take({ key, operation, revision }: KvEntry): void {
    const { owner, sha256 } = claimOf(key);
    if (operation === "PUT") {
      this.#known.note(owner, sha256);
      this.#told.set(key, revision);
      return;
    }
    this.#told.delete(key);
    // It may have been claimed anew, and the watch is behind.
    if (!this.#stored.get(owner)?.has(sha256)) this.#known.drop(owner, sha256);
  }

  /** What stays because that fails expires, and keeps its blob until the sweep only. */
  #removeSoon(owner: string, sha256: string): void {
    this.#bucket.delete(claimKey(owner, sha256)).catch(() => {});
  }

  async #forget(key: string): Promise<void> {
    const filter = `$KV.${this.#name}.${key}`;
    await this.#bus.manager.streams.purge(`KV_${this.#name}`, { filter }).catch(() => {});
  }
}
