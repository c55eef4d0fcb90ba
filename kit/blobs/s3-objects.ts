/**
 * Objects in an S3 bucket. S3 has no condition that every store knows, so none is needed: each
 * write and each touch makes a new object under a name of its own, KEY/GENERATION, and a removal
 * names the generations that it has listed. So nothing removes what another process writes or
 * touches meanwhile. The newest generation of a key is the object; older ones are removed later.
 *
 * A lookup is a listing. Where every generation has the same bytes (key-rules.ts), any that is
 * still there is as good: one that is remembered is asked for by its name, and the listing is for
 * when that has gone.
 */
import { DepthmeshError } from "../../core/errors.js";
import { pause } from "../async/delay.js";
import { hasOneName, hasSameBytes } from "./key-rules.js";
import { objectNotFound } from "./object-errors.js";
import type {
  DeclaredFile,
  DownloadHeaders,
  Knowledge,
  ObjectFacts,
  ObjectStore,
  RemovalWindow,
  SignedPut,
  SignedUrl,
} from "./object-store.js";
import { cutShort, S3Bucket, type S3BucketOptions } from "./s3-bucket.js";
import { isNoObject, s3Error } from "./s3-errors.js";
import {
  type Generation,
  KnownGenerations,
  newestOf,
  newName,
  onlyName,
  replacedBefore,
} from "./s3-generations.js";
import { type S3Signing, signDownload, signPut } from "./s3-signing.js";

export interface S3ObjectsOptions extends S3BucketOptions {
  /** Makes addresses for callers, which may reach the store under another one. */
  readonly signing: S3Signing;
  /** `touch` leaves a younger object as it is; a minute by default. */
  readonly freshMs?: number;
  /** The store may list an object later than it has stored it: writes wait for that. */
  readonly listsLate: boolean;
  /** How much longer than other writes a large object may be on its way; 23 hours by default. */
  readonly uploadMs?: number;
}

/** An object that is younger is young enough. */
const FRESH_MS = 60_000;
/** A listing that lags, as Swift's may, gets so long to show a new object. */
const LISTED_WITHIN_MS = 15_000;
const UPLOAD_MS = 23 * 3_600_000;
const MAX_READ_ATTEMPTS = 4;
const MAX_RACES = 5;

export class S3Objects implements ObjectStore {
  readonly #options: S3ObjectsOptions;
  readonly #bucket: S3Bucket;
  readonly #known = new KnownGenerations();

  constructor(options: S3ObjectsOptions) {
    this.#options = options;
    this.#bucket = new S3Bucket(options);
  }

  async put(key: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const name = newName(key);
    const modifiedAtMs = Date.now();
    const sizeBytes = await this.#bucket.put(name, chunks);
    await this.#made({ name, key, sizeBytes, modifiedAtMs });
  }

  async *get(key: string, offset = 0, limit?: number): AsyncGenerator<Uint8Array> {
    let found = this.#known.get(key) ?? (await this.#newest(key));
    let at = offset;
    for (let attempt = 1; ; attempt++) {
      if (!found) throw objectNotFound(key);
      const { name, sizeBytes } = found;
      const end = Math.min(sizeBytes, offset + (limit ?? sizeBytes));
      if (at >= end) return;
      const begunAt = at;
      try {
        for await (const chunk of await this.#bucket.open(name, at, end)) {
          at += chunk.length;
          yield chunk;
        }
        if (at < end) throw cutShort();
        return;
      } catch (error) {
        // Bytes have come: a long read may break as often as it takes.
        if (at > begunAt) attempt = 1;
        if (attempt >= MAX_READ_ATTEMPTS)
          throw isNoObject(error) ? objectNotFound(key, error) : s3Error(error);
        if (isNoObject(error)) {
          this.#known.forget(key);
          found = hasSameBytes(key) ? await this.#newest(key) : undefined;
          if (found?.name === name) throw objectNotFound(key, error);
          continue;
        }
        // The SDK repeats requests, but not the rest of a body whose connection broke.
        await pause(100 * 2 ** attempt);
      }
    }
  }

  async head(key: string, knowledge: Knowledge = "newest"): Promise<ObjectFacts | undefined> {
    const known = knowledge === "newest" ? undefined : this.#known.get(key);
    if (!known) return this.#newest(key);
    if (knowledge === "remembered" || (await this.#isThere(known))) return known;
    return this.#newest(key);
  }

  async *list(prefix: string): AsyncGenerator<ObjectFacts> {
    for await (const generations of this.#keys(prefix)) {
      const newest = newestOf(generations);
      if (newest) yield newest;
    }
  }

  async touch(key: string): Promise<boolean> {
    for (let race = 0; race < MAX_RACES; race++) {
      const known = this.#known.get(key);
      const found = known ?? (await this.#newest(key));
      if (!found) return false;
      if (Date.now() - found.modifiedAtMs < (this.#options.freshMs ?? FRESH_MS)) {
        // A listing that lags may have what was removed.
        const isSeen = known === undefined && !this.#options.listsLate;
        if (isSeen || (await this.#isThere(found))) return true;
        continue;
      }
      if (await this.#copy(found, key)) return true;
    }
    return false;
  }

  async move(from: string, to: string, beforeMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    for (let race = 0; race < MAX_RACES; race++) {
      const only = hasOneName(from)
        ? (this.#known.get(from) ?? (await this.#newest(from)))
        : undefined;
      const generations = hasOneName(from)
        ? [only].flatMap((each) => each ?? [])
        : await this.#generations(from);
      const newest = newestOf(generations);
      if (!newest || newest.modifiedAtMs >= beforeMs) return false;
      if (!(await this.#copy(newest, to))) continue;
      this.#known.forget(from);
      for (const { name } of generations) await this.#bucket.delete(name);
      return true;
    }
    return false;
  }

  async remove(
    key: string,
    beforeMs = Number.POSITIVE_INFINITY,
    window?: RemovalWindow,
  ): Promise<boolean> {
    const generations = await this.#generations(key);
    const newest = newestOf(generations);
    if (!newest || newest.modifiedAtMs >= beforeMs) return false;
    // A listing may have taken long, and have what was made meanwhile.
    if (window?.begin() === false) return false;
    this.#known.forget(key);
    // The newest last: an interrupted removal must not bring an older one back.
    const older = generations.filter(({ name }) => name !== newest.name);
    for (const { name } of [...older, newest]) await this.#bucket.delete(name, window?.signal);
    return true;
  }

  async clearPartials(beforeMs: number): Promise<void> {
    const { signing, uploadMs = UPLOAD_MS } = this.#options;
    // Whoever reads an older one has begun before the newer one was there, finds that out, or has
    // an address of it.
    const replacedMs = beforeMs - 1_000 * signing.seconds;
    for await (const generations of this.#keys("")) {
      for (const { name } of replacedBefore(generations, replacedMs)) {
        await this.#bucket.delete(name);
      }
    }
    await this.#bucket.abortOldUploads(beforeMs - uploadMs);
  }

  async downloadUrl(key: string, headers: DownloadHeaders): Promise<SignedUrl | undefined> {
    const found = await this.#newest(key);
    const { signing } = this.#options;
    return found && signDownload(signing, this.#bucket.nameInStore(found.name), headers);
  }

  putUrl(key: string, declared: DeclaredFile): Promise<SignedPut> {
    const { signing } = this.#options;
    return signPut(signing, this.#bucket.nameInStore(newName(key)), declared);
  }

  async copy(from: string, to: string): Promise<boolean> {
    const found = await this.#newest(from);
    return found !== undefined && this.#copy(found, to);
  }

  async #isThere({ key, name }: Generation): Promise<boolean> {
    if (await this.#bucket.head(name)) return true;
    this.#known.forget(key);
    return false;
  }

  /** False if the source has gone. */
  async #copy(from: Generation, to: string): Promise<boolean> {
    const copy = {
      name: newName(to),
      key: to,
      sizeBytes: from.sizeBytes,
      modifiedAtMs: Date.now(),
    };
    if (await this.#bucket.copy(from, copy.name)) {
      await this.#made(copy);
      return true;
    }
    this.#known.forget(from.key);
    return false;
  }

  /** Resolves when other processes find a new generation. Throws STORAGE_UNAVAILABLE. */
  async #made(generation: Generation): Promise<void> {
    const { key } = generation;
    if (this.#options.listsLate && !hasOneName(key)) await this.#untilListed(generation);
    this.#remember(generation);
  }

  async #untilListed({ key, name }: Generation): Promise<void> {
    const until = performance.now() + LISTED_WITHIN_MS;
    for (let attempt = 0; ; attempt++) {
      if ((await this.#generations(key)).some((each) => each.name === name)) return;
      if (performance.now() > until) {
        const message = `the S3 store does not list a new object within ${LISTED_WITHIN_MS} ms`;
        throw new DepthmeshError("STORAGE_UNAVAILABLE", message);
      }
      await pause(Math.min(50 * 2 ** attempt, 1_000));
    }
  }

  /** As the store has it now. */
  async #newest(key: string): Promise<Generation | undefined> {
    const found = hasOneName(key)
      ? await this.#bucket.head(onlyName(key))
      : newestOf(await this.#generations(key));
    if (found) this.#remember(found);
    else this.#known.forget(key);
    return found;
  }

  /** Of other keys, another process may have written other bytes. */
  #remember(generation: Generation): void {
    if (hasSameBytes(generation.key)) this.#known.remember(generation);
  }

  async #generations(key: string): Promise<Generation[]> {
    const found: Generation[] = [];
    for await (const generation of this.#bucket.list(`${key}/`)) {
      if (generation.key === key) found.push(generation);
    }
    return found;
  }

  /** The generations of each key. A listing is in the order of names, so they stand together. */
  async *#keys(prefix: string): AsyncGenerator<Generation[]> {
    let together: Generation[] = [];
    for await (const generation of this.#bucket.list(prefix)) {
      if (together[0] && together[0].key !== generation.key) {
        yield together;
        together = [];
      }
      together.push(generation);
    }
    if (together.length > 0) yield together;
  }
}
