/** Objects as files of one folder, for one process: an object store of tests without a server. */
import { randomUUID } from "node:crypto";
import { createReadStream, renameSync, rmSync, type Stats, statSync, utimesSync } from "node:fs";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DepthmeshError, isDiskFull } from "../../core/errors.js";
import { isMissing, OWNER_ONLY, syncFolder } from "../../kit/blobs/durable.js";
import { objectNotFound } from "../../kit/blobs/object-errors.js";
import type { ObjectFacts, ObjectStore } from "../../kit/blobs/object-store.js";
import { assertRoom } from "../../kit/process/disk-room.js";
import { FILE_CHUNK_BYTES } from "../../kit/rpc/chunks.js";

export interface FileObjectsOptions {
  /** Room in MiB that writing leaves on the disk; 0 by default. */
  readonly reserveMib?: number;
}

/** Beside the objects, whose keys have no part that begins with a dot. */
const TEMPORARY = ".tmp";

export class FileObjects implements ObjectStore {
  readonly #folder: string;
  readonly #options: FileObjectsOptions;

  constructor(folder: string, options: FileObjectsOptions = {}) {
    this.#folder = folder;
    this.#options = options;
  }

  async put(key: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const temporary = join(this.#folder, TEMPORARY);
    await mkdir(temporary, { recursive: true, mode: OWNER_ONLY });
    const partial = join(temporary, randomUUID());
    try {
      await assertRoom(temporary, this.#options.reserveMib ?? 0);
      const file = await open(partial, "wx", 0o600);
      try {
        for await (const chunk of chunks) await file.writeFile(chunk);
        await file.datasync();
      } finally {
        await file.close();
      }
      await this.#place(partial, key);
    } catch (error) {
      await rm(partial, { force: true });
      if (!isDiskFull(error)) throw error;
      throw new DepthmeshError("STORAGE_FULL", "the object store has no room", { cause: error });
    }
  }

  async *get(key: string, offset = 0, limit?: number): AsyncGenerator<Uint8Array> {
    const found = await this.head(key);
    if (!found) throw objectNotFound(key);
    const end = Math.min(found.sizeBytes, offset + (limit ?? found.sizeBytes));
    if (offset >= end) return;
    const options = { start: offset, end: end - 1, highWaterMark: FILE_CHUNK_BYTES };
    try {
      yield* createReadStream(this.#path(key), options);
    } catch (error) {
      throw isMissing(error) ? objectNotFound(key) : error;
    }
  }

  async head(key: string): Promise<ObjectFacts | undefined> {
    const facts = await stat(this.#path(key)).catch(unlessMissing);
    return facts?.isFile() ? factsOf(key, facts) : undefined;
  }

  async *list(prefix: string): AsyncGenerator<ObjectFacts> {
    const entries = await readdir(this.#path(prefix), { withFileTypes: true }).catch(unlessMissing);
    for (const entry of entries ?? []) {
      if (entry.name === TEMPORARY) continue;
      const key = `${prefix}${entry.name}`;
      if (entry.isDirectory()) {
        yield* this.list(`${key}/`);
        continue;
      }
      const facts = await this.head(key);
      if (facts) yield facts;
    }
  }

  async touch(key: string): Promise<boolean> {
    return unlessGone(() => makeYoung(this.#path(key)));
  }

  async move(from: string, to: string, beforeMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    const facts = await this.head(from);
    if (!facts || facts.modifiedAtMs >= beforeMs) return false;
    return unlessGone(() => this.#place(this.#path(from), to));
  }

  async remove(key: string, beforeMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    const path = this.#path(key);
    // Nothing is awaited on purpose: nothing in this process can touch the object between the check
    // and the removal. For that, whatever makes an object young must not be awaited either: an
    // asynchronous call works in another thread, also between these two.
    const facts = statSync(path, { throwIfNoEntry: false });
    if (!facts?.isFile() || facts.mtimeMs >= beforeMs) return false;
    rmSync(path);
    return true;
  }

  async clearPartials(beforeMs: number): Promise<void> {
    const folder = join(this.#folder, TEMPORARY);
    for (const name of (await readdir(folder).catch(unlessMissing)) ?? []) {
      const facts = await stat(join(folder, name)).catch(unlessMissing);
      if (facts && facts.mtimeMs < beforeMs) await rm(join(folder, name), { force: true });
    }
  }

  async #place(file: string, key: string): Promise<void> {
    const path = this.#path(key);
    await mkdir(dirname(path), { recursive: true, mode: OWNER_ONLY });
    makeYoung(file);
    renameSync(file, path);
    await syncFolder(dirname(path));
  }

  #path(key: string): string {
    return join(this.#folder, key);
  }
}

const factsOf = (key: string, { size, mtimeMs }: Stats): ObjectFacts => ({
  ...{ key, sizeBytes: size, modifiedAtMs: mtimeMs },
});

/** Its age begins where it appears, not with its last byte. */
function makeYoung(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}

/** False if a file was missing. */
async function unlessGone(work: () => void | Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
