/**
 * Claims that all gateways of a mesh share, in a bucket of NATS. Whoever claims a blob stores that
 * first and then looks whether somebody removes the blob; whoever removes one says so first and
 * then looks for claims. So at least one of the two sees the other, and the claimer waits.
 */
import type { KV, KvEntry } from "nats";
import { pause } from "../async/delay.js";
import { isNotFound } from "../nats/bus-errors.js";
import type { Bus } from "../nats/connect.js";
import { FollowedRevision } from "../nats/followed-revision.js";
import { lastRevision } from "../nats/kv.js";
import { watchKv } from "../nats/kv-watch.js";
import { BlobClaims, type Claims, type ObservedClaims } from "./claims.js";

/** After it, whoever has said that it removes a blob does not begin to. */
const MAY_REMOVE_MS = 10_000;
/** After it, a claimer takes the remover for dead: longer, by what one removal may take. */
const REMOVER_DEAD_MS = 30_000;
const POLL_MS = 25;

/** `claim.{sha256}.{owner}`; owners have no dots. */
const claimKey = (owner: string, sha256: string) => `claim.${sha256}.${owner}`;
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
  readonly #followed = new FollowedRevision("claims");
  readonly #newId: () => string;

  /** `name`: of the bucket. `newId` gives words that nobody else uses. */
  constructor(bus: Bus, bucket: KV, name: string, newId: () => string) {
    this.#bus = bus;
    this.#bucket = bucket;
    this.#name = name;
    this.#newId = newId;
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

  async upToDate(): Promise<void> {
    await this.#followed.reaches(await lastRevision(this.#bucket));
  }

  async whileRemoving<T>(
    hashes: Iterable<string>,
    work: (mayRemove: () => boolean) => Promise<T>,
  ): Promise<T> {
    const untilMs = performance.now() + MAY_REMOVE_MS;
    const keys = [...hashes].map((sha256) => removalKey(sha256, this.#newId()));
    try {
      await Promise.all(keys.map((key) => this.#bucket.put(key, "")));
      await this.upToDate();
      return await work(() => performance.now() < untilMs);
    } finally {
      await Promise.all(keys.map((key) => this.#forget(key)));
    }
  }

  /** A removal takes a moment; a remover that has died is waited for a while. */
  async #untilNobodyRemoves(sha256: string): Promise<void> {
    const last_by_subj = `$KV.${this.#name}.${removalKey(sha256, "*")}`;
    const untilMs = performance.now() + REMOVER_DEAD_MS;
    while (performance.now() < untilMs) {
      try {
        // Not by the bucket: of several servers, one that is behind may answer that.
        await this.#bus.manager.streams.getMessage(`KV_${this.#name}`, { last_by_subj });
      } catch (error) {
        if (isNotFound(error)) return;
        throw error;
      }
      await pause(POLL_MS);
    }
  }

  #take({ key, operation }: KvEntry): void {
    const [, sha256 = "", owner = ""] = key.split(".");
    if (operation === "PUT") this.#known.note(owner, sha256);
    // It may have been claimed anew, and the watch is behind.
    else if (!this.#stored.get(owner)?.has(sha256)) this.#known.drop(owner, sha256);
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
