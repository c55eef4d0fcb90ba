/**
 * Objects in an S3 bucket. S3 has no condition that every store knows, so none is needed: each
 * write and each touch makes a new object under a name of its own, KEY/GENERATION, and a removal
 * names the generations that it has seen. So nothing removes what another process writes or touches
 * meanwhile. The newest generation of a key is the object; older ones are removed later.
 */
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { DepthmeshError } from "../../core/errors.js";
import { pause } from "../async/delay.js";
import { objectNotFound } from "./object-errors.js";
import type { DownloadHeaders, ObjectFacts, ObjectStore, SignedUrl } from "./object-store.js";
import { copyObject, type ObjectCopy } from "./s3-copy.js";
import { isNoBucket, isNoObject, s3Error } from "./s3-errors.js";
import { type S3Signing, signDownload } from "./s3-signing.js";

export interface S3ObjectsOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** What all names begin with. */
  readonly prefix: string;
  readonly partBytes: number;
  /** Larger objects are copied in parts; 5 GiB, the limit of one copy, by default. */
  readonly maxCopyBytes?: number;
  /** Makes addresses for callers, which may reach the store under another one. */
  readonly signing: S3Signing;
  /** `touch` leaves a younger object as it is; a minute by default. */
  readonly freshMs?: number;
}

/** Parts of one object that are sent at once. */
const PARTS_AT_ONCE = 2;
/** An object that is younger is young enough. */
const FRESH_MS = 60_000;
/** A listing that lags, as Swift's may, gets so long to show a new object. */
const LISTED_WITHIN_MS = 15_000;
const MAX_READ_ATTEMPTS = 4;
const MAX_RACES = 5;

/** One stored object: a generation of a key. */
interface Generation extends ObjectFacts {
  readonly name: string;
}

export class S3Objects implements ObjectStore {
  readonly #options: S3ObjectsOptions;

  constructor(options: S3ObjectsOptions) {
    this.#options = options;
  }

  async put(
    key: string,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<ObjectFacts> {
    const { client, bucket, partBytes } = this.#options;
    const name = this.#newName(key);
    const source = new Source(chunks);
    const upload = new Upload({
      client,
      params: { Bucket: bucket, Key: name, Body: source.readable },
      partSize: partBytes,
      queueSize: PARTS_AT_ONCE,
    });
    try {
      await upload.done();
    } catch (error) {
      throw source.failure ?? s3Error(error);
    }
    return this.#listed(key, name);
  }

  async *get(key: string, offset = 0, limit?: number): AsyncGenerator<Uint8Array> {
    const found = await this.#newest(key);
    if (!found) throw objectNotFound(key);
    const end = Math.min(found.sizeBytes, offset + (limit ?? found.sizeBytes));
    let at = offset;
    for (let attempt = 1; at < end; attempt++) {
      try {
        for await (const chunk of await this.#open(found, at, end)) {
          at += chunk.length;
          yield chunk;
        }
        if (at < end) throw cutShort();
      } catch (error) {
        if (isNoObject(error)) throw objectNotFound(key, error);
        // The SDK repeats requests, but not the rest of a body whose connection broke.
        if (attempt >= MAX_READ_ATTEMPTS) throw s3Error(error);
        await pause(100 * 2 ** attempt);
      }
    }
  }

  async head(key: string): Promise<ObjectFacts | undefined> {
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
      const found = await this.#newest(key);
      if (!found) return false;
      if (Date.now() - found.modifiedAtMs < (this.#options.freshMs ?? FRESH_MS)) return true;
      const name = this.#newName(key);
      if (!(await this.#copy(found, name))) continue;
      await this.#listed(key, name);
      return true;
    }
    return false;
  }

  async move(from: string, to: string): Promise<boolean> {
    for (let race = 0; race < MAX_RACES; race++) {
      const generations = await this.#generations(from);
      const newest = newestOf(generations);
      if (!newest) return false;
      const name = this.#newName(to);
      if (!(await this.#copy(newest, name))) continue;
      await this.#listed(to, name);
      for (const generation of generations) await this.#delete(generation.name);
      return true;
    }
    return false;
  }

  async remove(key: string, beforeMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    const generations = await this.#generations(key);
    const newest = newestOf(generations);
    if (!newest || newest.modifiedAtMs >= beforeMs) return false;
    // The newest last: an interrupted removal must not bring an older one back.
    for (const { name } of generations) if (name !== newest.name) await this.#delete(name);
    await this.#delete(newest.name);
    return true;
  }

  async clearPartials(beforeMs: number): Promise<void> {
    for await (const generations of this.#keys("")) {
      const newest = newestOf(generations);
      // Whoever reads an older one has begun before the newest was there.
      if (!newest || newest.modifiedAtMs >= beforeMs) continue;
      for (const { name } of generations) if (name !== newest.name) await this.#delete(name);
    }
    await this.#abortOldUploads(beforeMs);
  }

  async downloadUrl(key: string, headers: DownloadHeaders): Promise<SignedUrl | undefined> {
    const found = await this.#newest(key);
    const { bucket, signing } = this.#options;
    return found && signDownload(signing, { bucket, name: found.name }, headers);
  }

  /** A name for a new generation of the key. Names of later ones sort after it. */
  #newName(key: string): string {
    const time = Date.now().toString(36).padStart(9, "0");
    return `${this.#options.prefix}${key}/${time}-${randomBytes(6).toString("hex")}`;
  }

  async #open({ name }: Generation, at: number, end: number): Promise<AsyncIterable<Uint8Array>> {
    const { client, bucket } = this.#options;
    const range = `bytes=${at}-${end - 1}`;
    const { Body } = await client.send(
      new GetObjectCommand({ Bucket: bucket, Key: name, Range: range }),
    );
    if (!(Body instanceof Readable)) throw cutShort();
    return Body;
  }

  /** The object of this name once the listing shows it. Throws STORAGE_UNAVAILABLE. */
  async #listed(key: string, name: string): Promise<ObjectFacts> {
    const until = performance.now() + LISTED_WITHIN_MS;
    for (let attempt = 0; ; attempt++) {
      const found = (await this.#generations(key)).find((generation) => generation.name === name);
      if (found) return found;
      if (performance.now() > until) {
        const message = `the S3 store does not list a new object within ${LISTED_WITHIN_MS} ms`;
        throw new DepthmeshError("STORAGE_UNAVAILABLE", message);
      }
      await pause(Math.min(50 * 2 ** attempt, 1_000));
    }
  }

  async #newest(key: string): Promise<Generation | undefined> {
    return newestOf(await this.#generations(key));
  }

  async #generations(key: string): Promise<Generation[]> {
    const found: Generation[] = [];
    for await (const generation of this.#listing(`${key}/`)) {
      if (generation.key === key) found.push(generation);
    }
    return found;
  }

  /** The generations of each key. A listing is in the order of names, so they stand together. */
  async *#keys(prefix: string): AsyncGenerator<Generation[]> {
    let together: Generation[] = [];
    for await (const generation of this.#listing(prefix)) {
      if (together[0] && together[0].key !== generation.key) {
        yield together;
        together = [];
      }
      together.push(generation);
    }
    if (together.length > 0) yield together;
  }

  async *#listing(prefix: string): AsyncGenerator<Generation> {
    const { client, bucket, prefix: own } = this.#options;
    try {
      const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: own + prefix });
      for await (const { Contents = [] } of pages) {
        for (const { Key = "", Size = 0, LastModified } of Contents) {
          const key = Key.slice(own.length, Key.lastIndexOf("/"));
          const modifiedAtMs = LastModified?.getTime() ?? Date.now();
          yield { name: Key, key, sizeBytes: Size, modifiedAtMs };
        }
      }
    } catch (error) {
      throw s3Error(error);
    }
  }

  /** False if the source has gone. */
  async #copy({ name, sizeBytes }: Generation, to: string): Promise<boolean> {
    const { client, bucket, maxCopyBytes } = this.#options;
    const copy: ObjectCopy = { client, bucket, from: name, to, sizeBytes };
    try {
      await copyObject(copy, maxCopyBytes);
      return true;
    } catch (error) {
      // Swift says that the bucket is missing when the source goes away meanwhile. The listing
      // that follows tells the two apart.
      if (isNoObject(error) || isNoBucket(error)) return false;
      throw s3Error(error);
    }
  }

  async #delete(name: string): Promise<void> {
    const { client, bucket } = this.#options;
    try {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: name }));
    } catch (error) {
      if (!isNoObject(error)) throw s3Error(error);
    }
  }

  async #abortOldUploads(beforeMs: number): Promise<void> {
    const { client, bucket, prefix } = this.#options;
    try {
      const next: { KeyMarker?: string; UploadIdMarker?: string } = {};
      for (let isMore = true; isMore; ) {
        const page = await client.send(
          new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...next }),
        );
        for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
          if ((Initiated?.getTime() ?? Date.now()) >= beforeMs) continue;
          await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
        }
        isMore = page.IsTruncated === true && page.NextKeyMarker !== undefined;
        Object.assign(next, {
          KeyMarker: page.NextKeyMarker,
          UploadIdMarker: page.NextUploadIdMarker,
        });
      }
    } catch (error) {
      if (!isNoObject(error)) throw s3Error(error);
    }
  }
}

/** The chunks as a stream for the SDK, which remembers what the source threw. */
class Source {
  readonly readable: Readable;
  failure: unknown;

  constructor(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.readable = Readable.from(this.#watched(chunks), { objectMode: false });
  }

  async *#watched(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    try {
      yield* chunks;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

/** Times of stores are whole seconds; within one, the later name is the newer. */
function newestOf(generations: readonly Generation[]): Generation | undefined {
  return generations.reduce<Generation | undefined>((newest, next) => {
    if (!newest || next.modifiedAtMs > newest.modifiedAtMs) return next;
    return next.modifiedAtMs === newest.modifiedAtMs && next.name > newest.name ? next : newest;
  }, undefined);
}

function cutShort(): DepthmeshError {
  const message = "the S3 store has sent fewer bytes than the object has";
  return new DepthmeshError("STORAGE_UNAVAILABLE", message);
}
