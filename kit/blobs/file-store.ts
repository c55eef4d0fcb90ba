/** Blobs as files: written to a temporary name, fsynced, renamed to their own SHA-256. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { FILE_CHUNK_BYTES } from "../chunks.js";
import { DepthmeshError } from "../errors.js";
import { failpoint } from "../failpoint.js";
import { newId } from "../jobs/id.js";
import type { BlobFacts, BlobStore } from "./store.js";

export class FileBlobStore implements BlobStore {
  readonly #folder: string;
  readonly #temporary: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#temporary = join(folder, "tmp");
  }

  /** Open a folder, and clear what a crash left half-written. One process owns a folder. */
  static async open(folder: string): Promise<FileBlobStore> {
    const store = new FileBlobStore(folder);
    await rm(store.#temporary, { recursive: true, force: true });
    await mkdir(store.#temporary, { recursive: true });
    return store;
  }

  async write(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<BlobFacts> {
    const partial = join(this.#temporary, newId());
    const hash = createHash("sha256");
    let sizeBytes = 0;
    try {
      const file = await open(partial, "wx");
      try {
        for await (const chunk of chunks) {
          failpoint("during-blob-write", "");
          hash.update(chunk);
          sizeBytes += chunk.length;
          await file.writeFile(chunk);
        }
        await file.datasync();
      } finally {
        await file.close();
      }
      const sha256 = hash.digest("hex");
      await mkdir(join(this.#folder, sha256.slice(0, 2)), { recursive: true });
      await rename(partial, this.#path(sha256));
      await syncFolder(join(this.#folder, sha256.slice(0, 2)));
      return { sha256, sizeBytes };
    } catch (error) {
      await rm(partial, { force: true });
      if (isErrno(error, "ENOSPC") || isErrno(error, "EDQUOT")) {
        throw new DepthmeshError("STORAGE_FULL", "the blob store has no room", { cause: error });
      }
      throw error;
    }
  }

  async stat(sha256: string): Promise<BlobFacts> {
    try {
      const { size } = await stat(this.#path(sha256));
      return { sha256, sizeBytes: size };
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
      throw new DepthmeshError("BLOB_NOT_FOUND", "there is no such blob", {
        metadata: { sha256 },
        cause: error,
      });
    }
  }

  async *read(sha256: string, offset = 0, limit?: number): AsyncGenerator<Uint8Array> {
    const { sizeBytes } = await this.stat(sha256);
    const end = limit === undefined ? sizeBytes : Math.min(sizeBytes, offset + limit);
    if (offset >= end) return;
    const options = { start: offset, end: end - 1, highWaterMark: FILE_CHUNK_BYTES };
    yield* createReadStream(this.#path(sha256), options);
  }

  /** Hashes of all blobs. */
  async list(): Promise<string[]> {
    const folders = (await readdir(this.#folder)).filter((name) => name.length === 2);
    const lists = await Promise.all(folders.map((name) => readdir(join(this.#folder, name))));
    return lists.flat();
  }

  /** Delete a blob; one that is gone already is no error. */
  async remove(sha256: string): Promise<void> {
    await rm(this.#path(sha256), { force: true });
  }

  #path(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256);
  }
}

/** A rename is durable when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
