/**
 * The blob store on a file system: a blob is written to a temporary file, flushed, and renamed to
 * its SHA-256.
 */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, rmSync, statSync } from "node:fs";
import { link, mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { DepthmeshError, isDiskFull } from "../../core/errors.js";
import { failpoint } from "../process/failpoint.js";
import { FILE_CHUNK_BYTES } from "../rpc/chunks.js";
import type { BlobFacts, BlobStore } from "./store.js";

export class FileBlobStore implements BlobStore {
  readonly #folder: string;
  readonly #temporary: string;
  /** Temporary files of running writes. */
  readonly #partials = new Set<string>();
  /** Blobs that are being renamed into place or renewed, with the number of such operations. */
  readonly #renewing = new Map<string, number>();

  private constructor(folder: string) {
    this.#folder = folder;
    this.#temporary = join(folder, "tmp");
  }

  /**
   * Opens a folder and removes the temporary files that a crash left. Only one process may own a
   * folder.
   */
  static async open(folder: string): Promise<FileBlobStore> {
    const store = new FileBlobStore(folder);
    await rm(store.#temporary, { recursive: true, force: true });
    await mkdir(store.#temporary, { recursive: true });
    return store;
  }

  /** `onNamed` is called with the hash before the blob appears under it. */
  async write(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    onNamed?: (sha256: string) => void,
  ): Promise<BlobFacts> {
    const name = randomUUID();
    const partial = join(this.#temporary, name);
    this.#partials.add(name);
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
      onNamed?.(sha256);
      await mkdir(join(this.#folder, sha256.slice(0, 2)), { recursive: true });
      // Also replaces a blob that exists already, so that its age starts again.
      await this.#renew(sha256, () => rename(partial, this.#path(sha256)));
      await syncFolder(join(this.#folder, sha256.slice(0, 2)));
      return { sha256, sizeBytes };
    } catch (error) {
      await rm(partial, { force: true });
      if (isDiskFull(error)) {
        throw new DepthmeshError("STORAGE_FULL", "the blob store has no room", { cause: error });
      }
      if (isErrno(error, "ENOENT")) {
        // The writer is not to blame: another gateway, which takes the folder over, has removed the
        // temporary files.
        const words = "another process has cleared the blob store's temporary files";
        throw new DepthmeshError("SERVICE_UNAVAILABLE", words, { cause: error });
      }
      throw error;
    } finally {
      this.#partials.delete(name);
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

  /**
   * Makes a blob as young as a new one, so that the sweep spares it. False if there is no such
   * blob.
   */
  async hold(sha256: string): Promise<boolean> {
    try {
      const now = new Date();
      await this.#renew(sha256, () => utimes(this.#path(sha256), now, now));
      return true;
    } catch (error) {
      if (isErrno(error, "ENOENT")) return false;
      throw error;
    }
  }

  /**
   * Creates a second name (a hard link) for a blob's bytes; they outlive the blob under it. Throws
   * BLOB_NOT_FOUND.
   */
  async link(sha256: string, path: string): Promise<void> {
    await this.stat(sha256);
    await link(this.#path(sha256), path);
  }

  /**
   * Hashes of the blobs that were neither written nor held since `beforeMs` (Unix milliseconds).
   */
  async olderThan(beforeMs: number): Promise<string[]> {
    const folders = (await readdir(this.#folder)).filter((name) => name.length === 2);
    const old: string[] = [];
    for (const folder of folders) {
      for (const sha256 of await readdir(join(this.#folder, folder))) {
        const { mtimeMs } = await stat(this.#path(sha256));
        if (mtimeMs < beforeMs) old.push(sha256);
      }
    }
    return old;
  }

  /**
   * Deletes a blob unless it was written or held since `beforeMs`. Returns whether this call
   * deleted it.
   */
  removeOlder(sha256: string, beforeMs: number): boolean {
    if (this.#renewing.has(sha256)) return false;
    const path = this.#path(sha256);
    // Synchronous on purpose: nothing in this process can renew the blob between the check and the
    // removal.
    const facts = statSync(path, { throwIfNoEntry: false });
    if (!facts || facts.mtimeMs >= beforeMs) return false;
    rmSync(path);
    return true;
  }

  /**
   * Deletes a blob unless it was written or held since `beforeMs` (Unix milliseconds) or is being
   * written now. Returns whether this call deleted it.
   */
  remove(sha256: string, beforeMs = Number.POSITIVE_INFINITY): boolean {
    return this.removeOlder(sha256, beforeMs);
  }

  /** Deletes temporary files that belong to no running write. */
  async clearPartials(): Promise<void> {
    for (const name of await readdir(this.#temporary)) {
      if (!this.#partials.has(name)) await rm(join(this.#temporary, name), { force: true });
    }
  }

  async #renew(sha256: string, change: () => Promise<void>): Promise<void> {
    this.#renewing.set(sha256, (this.#renewing.get(sha256) ?? 0) + 1);
    try {
      await change();
    } finally {
      const left = (this.#renewing.get(sha256) ?? 1) - 1;
      if (left > 0) this.#renewing.set(sha256, left);
      else this.#renewing.delete(sha256);
    }
  }

  #path(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256);
  }
}

/** A rename is durable only after its folder has been flushed. */
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
