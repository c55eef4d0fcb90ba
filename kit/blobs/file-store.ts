/**
 * The blob store on a file system: a blob is written to a temporary file, flushed, and renamed to
 * its SHA-256. A blob whose bytes no longer have that hash is set aside: it counts as missing, so
 * that what can be made again is made again.
 */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, rmSync, statSync } from "node:fs";
import { link, mkdir, open, readdir, rename, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { DepthmeshError, isDiskFull } from "../../core/errors.js";
import { assertRoom } from "../process/disk-room.js";
import { failpoint } from "../process/failpoint.js";
import { FILE_CHUNK_BYTES } from "../rpc/chunks.js";
import { blobCorrupt } from "./blob-checks.js";
import { isMissing, OWNER_ONLY, syncFolder } from "./durable.js";
import { SoundFiles } from "./sound-files.js";
import type { BlobFacts, BlobStore } from "./store.js";

export interface FileBlobOptions {
  /** Room in MiB that writing leaves on the disk (kit/process/disk-room.ts); 0 by default. */
  readonly reserveMib?: number;
  /** Called with the SHA-256 of each blob that was found damaged, and how many were so far. */
  readonly onCorrupt?: (sha256: string, counted: number) => void;
}

/** A writer looks at the disk's room again after so many bytes. */
const CHECK_ROOM_BYTES = 4 * 1024 * 1024;

export class FileBlobStore implements BlobStore {
  readonly #folder: string;
  readonly #options: FileBlobOptions;
  readonly #files: SoundFiles;
  readonly #temporary: string;
  /** Temporary files of running writes. */
  readonly #partials = new Set<string>();
  /** Blobs that are being renamed into place or renewed, with the number of such operations. */
  readonly #renewing = new Map<string, number>();

  private constructor(folder: string, options: FileBlobOptions, isReadOnly = false) {
    this.#folder = folder;
    this.#options = options;
    this.#files = new SoundFiles(folder, { onCorrupt: options.onCorrupt, isReadOnly });
    this.#temporary = join(folder, "tmp");
  }

  /**
   * Opens a folder and removes the temporary files that a crash left. Only one process may own a
   * folder.
   */
  static async open(folder: string, options: FileBlobOptions = {}): Promise<FileBlobStore> {
    const store = new FileBlobStore(folder, options);
    await rm(store.#temporary, { recursive: true, force: true });
    await mkdir(store.#temporary, { recursive: true, mode: OWNER_ONLY });
    return store;
  }

  /**
   * For reading only, also while another process owns the folder: nothing is changed there. Throws
   * ENOENT where there is no folder.
   */
  static async openToRead(folder: string): Promise<FileBlobStore> {
    await readdir(folder);
    return new FileBlobStore(folder, {}, true);
  }

  async write(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    onNamed?: (sha256: string) => unknown,
  ): Promise<BlobFacts> {
    const name = randomUUID();
    const partial = join(this.#temporary, name);
    this.#partials.add(name);
    const hash = createHash("sha256");
    const { reserveMib = 0 } = this.#options;
    let sizeBytes = 0;
    let uncheckedBytes = Number.POSITIVE_INFINITY;
    try {
      const file = await open(partial, "wx", 0o600);
      try {
        for await (const chunk of chunks) {
          failpoint("during-blob-write", "");
          uncheckedBytes += chunk.length;
          if (uncheckedBytes > CHECK_ROOM_BYTES) {
            await assertRoom(this.#temporary, reserveMib);
            uncheckedBytes = 0;
          }
          hash.update(chunk);
          sizeBytes += chunk.length;
          await file.writeFile(chunk);
        }
        await file.datasync();
      } finally {
        await file.close();
      }
      const sha256 = hash.digest("hex");
      await onNamed?.(sha256);
      await this.#place(sha256, partial);
      return { sha256, sizeBytes };
    } catch (error) {
      await rm(partial, { force: true });
      if (isDiskFull(error)) {
        throw new DepthmeshError("STORAGE_FULL", "the blob store has no room", { cause: error });
      }
      if (isMissing(error)) {
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

  /** By a second name, a hard link: the file must be of the same file system. */
  async adopt(path: string, sha256: string): Promise<void> {
    const name = randomUUID();
    const partial = join(this.#temporary, name);
    this.#partials.add(name);
    const now = new Date();
    try {
      await utimes(path, now, now);
      await link(path, partial);
      await this.#place(sha256, partial);
    } finally {
      // A rename to another name of the same file does nothing: the first name stays.
      await rm(partial, { force: true });
      this.#partials.delete(name);
    }
  }

  async stat(sha256: string): Promise<BlobFacts> {
    return { sha256, sizeBytes: (await this.#files.facts(sha256)).size };
  }

  async sizeToRead(sha256: string): Promise<number> {
    return (await this.#files.facts(sha256)).size;
  }

  async *read(sha256: string, offset = 0, limit?: number): AsyncGenerator<Uint8Array> {
    const facts = await this.#files.facts(sha256);
    const end = limit === undefined ? facts.size : Math.min(facts.size, offset + limit);
    const isWhole = offset === 0 && end === facts.size;
    const isChecked = this.#files.isFresh(sha256, facts);
    // A part tells nothing about the blob, so the whole is hashed before.
    if (!isWhole && !isChecked && !(await this.#files.isSound(sha256))) throw blobCorrupt(sha256);
    const hash = isWhole && !isChecked ? createHash("sha256") : undefined;
    if (offset < end) {
      const options = { start: offset, end: end - 1, highWaterMark: FILE_CHUNK_BYTES };
      for await (const chunk of createReadStream(this.#files.path(sha256), options)) {
        hash?.update(chunk);
        yield chunk;
      }
    }
    if (hash && !this.#files.judge(sha256, facts, hash.digest("hex"))) throw blobCorrupt(sha256);
  }

  async hold(sha256: string): Promise<boolean> {
    try {
      return await this.#renew(sha256, () => this.#files.touch(sha256));
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /**
   * Creates a second name (a hard link) for a blob's bytes; they outlive the blob under it. Throws
   * BLOB_NOT_FOUND.
   */
  async link(sha256: string, path: string): Promise<void> {
    await this.stat(sha256);
    await link(this.#files.path(sha256), path);
  }

  /**
   * Hashes of the blobs that were neither written nor held since `beforeMs` (Unix milliseconds).
   */
  async olderThan(beforeMs: number): Promise<string[]> {
    const old: string[] = [];
    for await (const sha256 of this.#all()) {
      // Another may be removed meanwhile.
      const facts = statSync(this.#files.path(sha256), { throwIfNoEntry: false });
      if (facts && facts.mtimeMs < beforeMs) old.push(sha256);
    }
    return old;
  }

  async usedBytes(): Promise<number> {
    let bytes = 0;
    for await (const sha256 of this.#all()) {
      // Another may be removed meanwhile.
      bytes += statSync(this.#files.path(sha256), { throwIfNoEntry: false })?.size ?? 0;
    }
    return bytes;
  }

  async *#all(): AsyncGenerator<string> {
    const folders = (await readdir(this.#folder)).filter((name) => name.length === 2);
    for (const folder of folders) yield* await readdir(join(this.#folder, folder));
  }

  /**
   * Deletes a blob unless it was written or held since `beforeMs`, and one that was set aside.
   * Returns whether this call deleted a sound one.
   */
  async removeOlder(sha256: string, beforeMs: number): Promise<boolean> {
    if (this.#renewing.has(sha256)) return false;
    const path = this.#files.path(sha256);
    // Nothing is awaited on purpose: nothing in this process can renew the blob between the check
    // and the removal.
    const facts = statSync(path, { throwIfNoEntry: false });
    if (!facts) this.#files.forgetDamage(sha256);
    if (!facts || facts.mtimeMs >= beforeMs) return false;
    rmSync(path);
    return true;
  }

  remove(sha256: string, beforeMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    return this.removeOlder(sha256, beforeMs);
  }

  async downloadUrl(): Promise<undefined> {}

  /** Deletes temporary files that belong to no running write, and blobs set aside long ago. */
  async clearPartials(): Promise<void> {
    this.#files.forgetOldDamage();
    for (const name of await readdir(this.#temporary)) {
      if (!this.#partials.has(name)) await rm(join(this.#temporary, name), { force: true });
    }
  }

  /** Renames a durable file with this hash into its place. */
  async #place(sha256: string, partial: string): Promise<void> {
    const home = join(this.#folder, sha256.slice(0, 2));
    await mkdir(home, { recursive: true, mode: OWNER_ONLY });
    // Also replaces a blob that exists already, so that its age starts again.
    await this.#renew(sha256, () => rename(partial, this.#files.path(sha256)));
    await syncFolder(home);
    await this.#files.written(sha256);
  }

  async #renew<T>(sha256: string, change: () => Promise<T>): Promise<T> {
    this.#renewing.set(sha256, (this.#renewing.get(sha256) ?? 0) + 1);
    try {
      return await change();
    } finally {
      const left = (this.#renewing.get(sha256) ?? 1) - 1;
      if (left > 0) this.#renewing.set(sha256, left);
      else this.#renewing.delete(sha256);
    }
  }
}
