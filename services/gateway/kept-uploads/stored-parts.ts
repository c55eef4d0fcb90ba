/**
 * The bytes of unfinished uploads in objects that all gateways read: one for each commit, below
 * `uploads/{id}/`. The record names them in their order. No object is changed once it is there, so
 * that a gateway which does not know that another one goes on mixes no byte into what that writes.
 */

import { createHash, type Hash } from "node:crypto";
import { blobCorrupt } from "../../../kit/blobs/blob-checks.js";
import { isNotFound } from "../../../kit/blobs/object-errors.js";
import type { ObjectStore } from "../../../kit/blobs/object-store.js";
import type { BlobStore } from "../../../kit/blobs/store.js";
import { newId } from "../../../pipeline/record/id.js";
import { type OpenPart, type PartPlace, type PartStorage, PUT_NAME } from "./open-part.js";
import { PUTS, type PutStorage, putKey, putsOf } from "./put-storage.js";
import type { StoredPart, UploadRecord } from "./upload-record.js";

const PREFIX = "uploads/";
const keyOf = (id: string, name: string) =>
  name === PUT_NAME ? putKey(id) : `${PREFIX}${id}/${name}`;

/** A slow caller commits few bytes at once: they are joined with the part before, up to this. */
const SMALL_PART_BYTES = 1024 * 1024;
/** They are in memory. */
const MAX_UNCOMMITTED_BYTES = 8 * 1024 * 1024;

type Objects = Pick<ObjectStore, "put" | "get" | "head" | "list" | "remove" | "putUrl">;
type Blobs = Pick<BlobStore, "write" | "takeObject"> & { readonly objects: Objects };

export class StoredParts implements PartStorage {
  readonly #objects: Objects;
  readonly #blobs: Blobs;
  readonly puts: PutStorage | undefined;

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
    this.#objects = blobs.objects;
    this.puts = putsOf(blobs);
  }

  /** The store says when it is full. */
  async assertRoom(): Promise<void> {}

  async open(record: UploadRecord, known: Hash | undefined): Promise<OpenPart | undefined> {
    const { id, committedBytes, parts = [] } = record;
    const hash = known?.copy() ?? createHash("sha256");
    const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
    // They lie in a file: the mesh had another store.
    if (sizeBytes !== committedBytes) return undefined;
    try {
      if (!known) for await (const bytes of this.#bytesOf(record)) hash.update(bytes);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
    return new PartInObjects(this.#objects, id, parts, hash, committedBytes);
  }

  async toBlob(record: UploadRecord, sha256: string): Promise<void> {
    await this.#blobs.write(this.#bytesOf(record), (named) => {
      if (named !== sha256) throw blobCorrupt(sha256);
    });
  }

  async remove(id: string, names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#objects.remove(keyOf(id, name))));
  }

  async removeLeftovers(
    beforeMs: number,
    isKept: (id: string, name: string) => Promise<boolean>,
  ): Promise<number> {
    let removed = 0;
    for (const prefix of [PREFIX, PUTS]) {
      for await (const { key, modifiedAtMs } of this.#objects.list(prefix)) {
        const [id = "", name = PUT_NAME] = key.slice(prefix.length).split("/");
        if (modifiedAtMs >= beforeMs || (await isKept(id, name))) continue;
        if (await this.#objects.remove(key, beforeMs)) removed += 1;
      }
    }
    return removed;
  }

  async *#bytesOf({ id, parts = [] }: UploadRecord): AsyncGenerator<Uint8Array> {
    for (const { name } of parts) yield* this.#objects.get(keyOf(id, name));
  }
}

class PartInObjects implements OpenPart {
  readonly maxUncommittedBytes = MAX_UNCOMMITTED_BYTES;
  readonly hash: Hash;
  readonly #objects: Objects;
  readonly #id: string;
  #parts: readonly StoredPart[];
  #storedBytes: number;
  #sizeBytes: number;
  #waiting: Uint8Array[] = [];

  constructor(
    objects: Objects,
    id: string,
    parts: readonly StoredPart[],
    hash: Hash,
    sizeBytes: number,
  ) {
    this.#objects = objects;
    this.#id = id;
    this.#parts = parts;
    this.hash = hash;
    this.#storedBytes = sizeBytes;
    this.#sizeBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(chunk: Uint8Array): Promise<void> {
    this.hash.update(chunk);
    this.#sizeBytes += chunk.length;
    this.#waiting.push(chunk);
  }

  async sync(sizeBytes: number): Promise<PartPlace> {
    const chunks = this.#take(sizeBytes);
    const addedBytes = sizeBytes - this.#storedBytes;
    if (addedBytes > 0) {
      const last = this.#parts.at(-1);
      const joined = last && last.sizeBytes + addedBytes <= SMALL_PART_BYTES ? last : undefined;
      const name = newId();
      await this.#objects.put(keyOf(this.#id, name), this.#afterPart(joined, chunks));
      const before = joined ? this.#parts.slice(0, -1) : this.#parts;
      this.#parts = [...before, { name, sizeBytes: (joined?.sizeBytes ?? 0) + addedBytes }];
      this.#storedBytes = sizeBytes;
    }
    return { file: null, parts: [...this.#parts] };
  }

  async close(): Promise<void> {
    this.#waiting = [];
  }

  /** The chunks that wait, up to a place where one ends. */
  #take(sizeBytes: number): Uint8Array[] {
    let endBytes = this.#storedBytes;
    const count = this.#waiting.findIndex((chunk) => {
      endBytes += chunk.length;
      return endBytes > sizeBytes;
    });
    return this.#waiting.splice(0, count < 0 ? this.#waiting.length : count);
  }

  async *#afterPart(
    part: StoredPart | undefined,
    chunks: readonly Uint8Array[],
  ): AsyncGenerator<Uint8Array> {
    if (part) yield* this.#objects.get(keyOf(this.#id, part.name));
    yield* chunks;
  }
}
