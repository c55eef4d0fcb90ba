/**
 * The blob store on an object store: a blob is the object `blobs/SHA256`. A small one is stored at
 * once; a large one, whose hash is known after its last byte only, under a name of its own and then
 * moved. What was found damaged is set aside, so that what can be made again is made again.
 */
import { createHash, randomUUID } from "node:crypto";
import { open } from "node:fs/promises";
import { DepthmeshError } from "../../core/errors.js";
import { failpoint } from "../process/failpoint.js";
import { fileChunks } from "../rpc/chunks.js";
import { count } from "../telemetry/counters.js";
import { blobCorrupt } from "./blob-checks.js";
import { isNotFound, objectNotFound } from "./object-errors.js";
import type {
  DownloadHeaders,
  Knowledge,
  ObjectStore,
  RemovalWindow,
  SignedUrl,
} from "./object-store.js";
import type { BlobFacts, SharedBlobStore } from "./store.js";

/** Blobs up to this size are held in memory while their hash is computed. */
const SMALL_BYTES = 4 * 1024 * 1024;
/** Of a write that was cut off, nothing is kept for longer. */
const PARTIAL_MS = 3_600_000;
const KEEP_CORRUPT_MS = 7 * 24 * 3_600_000;

const BLOBS = "blobs/";
const INCOMING = "incoming/";
const CORRUPT = "corrupt/";

export interface ObjectBlobOptions {
  /** Called with the SHA-256 of each blob that was found damaged, and how many were so far. */
  readonly onCorrupt?: (sha256: string, counted: number) => void;
}

export class ObjectBlobs implements SharedBlobStore {
  readonly objects: ObjectStore;
  readonly #options: ObjectBlobOptions;

  constructor(objects: ObjectStore, options: ObjectBlobOptions = {}) {
    this.objects = objects;
    this.#options = options;
  }

  async write(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    onNamed?: (sha256: string) => unknown,
  ): Promise<BlobFacts> {
    const source = new Hashed(chunks);
    const first = await source.gather(SMALL_BYTES);
    if (source.isOver) {
      const sha256 = source.digest();
      await onNamed?.(sha256);
      await this.objects.put(keyOf(sha256), first);
      return { sha256, sizeBytes: source.sizeBytes };
    }
    const incoming = `${INCOMING}${randomUUID()}`;
    await this.objects.put(incoming, source.rest(first));
    const sha256 = source.digest();
    return this.#elseRemoved(incoming, async () => {
      await onNamed?.(sha256);
      await this.#name(incoming, sha256);
      return { sha256, sizeBytes: source.sizeBytes };
    });
  }

  async adopt(path: string, sha256: string): Promise<void> {
    const written = await this.write(fileChunks(path));
    if (written.sha256 !== sha256) throw blobCorrupt(sha256);
  }

  async takeObject(key: string, onRead: (facts: BlobFacts) => unknown): Promise<void> {
    // Its caller may write it again at any moment: what is read must be what becomes the blob.
    const incoming = `${INCOMING}${randomUUID()}`;
    if (!(await this.objects.copy?.(key, incoming))) throw objectNotFound(key);
    await this.#elseRemoved(incoming, async () => {
      const hash = createHash("sha256");
      let sizeBytes = 0;
      for await (const chunk of this.objects.get(incoming)) {
        hash.update(chunk);
        sizeBytes += chunk.length;
      }
      const sha256 = hash.digest("hex");
      await onRead({ sha256, sizeBytes });
      await this.#name(incoming, sha256);
    });
  }

  async stat(sha256: string): Promise<BlobFacts> {
    return { sha256, sizeBytes: await this.#sizeOf(sha256, "present") };
  }

  sizeToRead(sha256: string): Promise<number> {
    return this.#sizeOf(sha256, "remembered");
  }

  /** Its bytes are not read: the store looks after them, and whoever reads them checks them. */
  hold(sha256: string): Promise<boolean> {
    return this.objects.touch(keyOf(sha256));
  }

  async *read(sha256: string, offset = 0, limit?: number): AsyncGenerator<Uint8Array> {
    const isWhole =
      offset === 0 && (limit === undefined || limit >= (await this.#sizeOf(sha256, "remembered")));
    const hash = isWhole ? createHash("sha256") : undefined;
    try {
      for await (const chunk of this.objects.get(keyOf(sha256), offset, limit)) {
        hash?.update(chunk);
        yield chunk;
      }
    } catch (error) {
      throw isNotFound(error) ? await this.#missing(sha256) : error;
    }
    if (!hash || hash.digest("hex") === sha256) return;
    await this.#setAside(sha256);
    throw blobCorrupt(sha256);
  }

  async link(sha256: string, path: string): Promise<void> {
    const chunks = this.read(sha256);
    // Opened before the file is made, so that a missing blob leaves none.
    const first = await chunks.next();
    const file = await open(path, "wx", 0o600);
    try {
      if (!first.done) await file.writeFile(first.value);
      for await (const chunk of chunks) await file.writeFile(chunk);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  async olderThan(beforeMs: number): Promise<string[]> {
    const old: string[] = [];
    for await (const { key, modifiedAtMs } of this.objects.list(BLOBS)) {
      if (modifiedAtMs < beforeMs) old.push(key.slice(BLOBS.length));
    }
    return old;
  }

  async usedBytes(): Promise<number> {
    let bytes = 0;
    for await (const { sizeBytes } of this.objects.list(BLOBS)) bytes += sizeBytes;
    return bytes;
  }

  removeOlder(sha256: string, beforeMs: number): Promise<boolean> {
    return this.objects.remove(keyOf(sha256), beforeMs);
  }

  remove(sha256: string, beforeMs?: number, window?: RemovalWindow): Promise<boolean> {
    return this.objects.remove(keyOf(sha256), beforeMs, window);
  }

  async downloadUrl(sha256: string, headers: DownloadHeaders): Promise<SignedUrl | undefined> {
    return this.objects.downloadUrl?.(keyOf(sha256), headers);
  }

  async clearPartials(): Promise<void> {
    const nowMs = Date.now();
    await this.objects.clearPartials(nowMs - PARTIAL_MS);
    await this.#removeOld(INCOMING, nowMs - PARTIAL_MS);
    await this.#removeOld(CORRUPT, nowMs - KEEP_CORRUPT_MS);
  }

  async #removeOld(prefix: string, beforeMs: number): Promise<void> {
    for await (const { key, modifiedAtMs } of this.objects.list(prefix)) {
      if (modifiedAtMs < beforeMs) await this.objects.remove(key, beforeMs);
    }
  }

  /** Removes what has come, but has not become a blob. */
  async #elseRemoved<T>(incoming: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // What stays because that fails too goes with the partial writes.
      await this.objects.remove(incoming).catch(() => {});
      throw error;
    }
  }

  async #name(incoming: string, sha256: string): Promise<void> {
    if (await this.objects.move(incoming, keyOf(sha256))) return;
    const words = "the bytes of a blob were removed before it was named";
    throw new DepthmeshError("SERVICE_UNAVAILABLE", words);
  }

  /** Throws BLOB_NOT_FOUND, and BLOB_CORRUPT for one that was set aside. */
  async #sizeOf(sha256: string, knowledge: Knowledge): Promise<number> {
    const found = await this.objects.head(keyOf(sha256), knowledge);
    if (!found) throw await this.#missing(sha256);
    return found.sizeBytes;
  }

  async #missing(sha256: string): Promise<DepthmeshError> {
    if (await this.objects.head(`${CORRUPT}${sha256}`)) return blobCorrupt(sha256);
    const message = "there is no such blob";
    return new DepthmeshError("BLOB_NOT_FOUND", message, { metadata: { sha256 } });
  }

  /**
   * The newest bytes are read again: the damaged ones may be older, or were damaged on their way.
   * What was written again while they were read stays.
   */
  async #setAside(sha256: string): Promise<void> {
    const key = keyOf(sha256);
    const found = await this.objects.head(key);
    const hash = createHash("sha256");
    try {
      for await (const chunk of this.objects.get(key)) hash.update(chunk);
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    if (!found || hash.digest("hex") === sha256) return;
    if (!(await this.objects.move(key, `${CORRUPT}${sha256}`, found.modifiedAtMs + 1))) return;
    this.#options.onCorrupt?.(sha256, count("corrupt_blobs"));
  }
}

const keyOf = (sha256: string) => `${BLOBS}${sha256}`;

/** Chunks that are hashed and counted as they are taken. */
class Hashed {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #hash = createHash("sha256");
  sizeBytes = 0;
  isOver = false;

  constructor(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#chunks =
      Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  }

  /** Chunks until they have `bytes` together, or are over. */
  async gather(bytes: number): Promise<Uint8Array[]> {
    const gathered: Uint8Array[] = [];
    while (!this.isOver && this.sizeBytes <= bytes) {
      const chunk = await this.#next();
      if (chunk) gathered.push(chunk);
    }
    return gathered;
  }

  /** Those before, and all that are left. */
  async *rest(before: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
    try {
      yield* before;
      for (let chunk = await this.#next(); chunk; chunk = await this.#next()) yield chunk;
    } finally {
      if (!this.isOver) await this.#chunks.return?.();
    }
  }

  digest(): string {
    return this.#hash.digest("hex");
  }

  async #next(): Promise<Uint8Array | undefined> {
    const { value, done } = await this.#chunks.next();
    if (done) {
      this.isOver = true;
      return undefined;
    }
    failpoint("during-blob-write", "");
    this.#hash.update(value);
    this.sizeBytes += value.length;
    return value;
  }
}
