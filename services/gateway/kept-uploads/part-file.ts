/**
 * The file that an upload's bytes are written to. Only one process ever writes a file: its name has
 * the process's id, and who goes on with an upload of another process copies the committed bytes.
 * So a process that has been replaced, but does not know it yet, mixes no byte into what its
 * successor writes.
 */
import { createHash, type Hash } from "node:crypto";
import { copyFile, type FileHandle, open, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isMissing, syncFolder } from "../../../kit/blobs/durable.js";
import { FILE_CHUNK_BYTES } from "../../../kit/rpc/chunks.js";
import type { OpenPart, PartPlace } from "./open-part.js";

/** Chunks are written together until they have so many bytes, or are so many. */
const GATHERED_BYTES = FILE_CHUNK_BYTES;
const GATHERED_CHUNKS = 64;

const MAX_UNCOMMITTED_BYTES = 16 * 1024 * 1024;

/** Photos are private: no other user of the machine reads them. */
const FILE_MODE = 0o600;

/** Where an upload's bytes are. */
export interface PartSource {
  readonly folder: string;
  /** File that has the committed bytes; null if there are none. */
  readonly from: string | null;
  /** File of this process; may be the same. */
  readonly name: string;
  readonly committedBytes: number;
  /** Of the committed bytes, if this process still knows it; otherwise they are read again. */
  readonly hash?: Hash | undefined;
}

export class PartFile implements OpenPart {
  readonly maxUncommittedBytes = MAX_UNCOMMITTED_BYTES;
  readonly #file: FileHandle;
  readonly #name: string;
  /** Of all bytes that were appended, and the committed ones before them. */
  readonly hash: Hash;
  #sizeBytes: number;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #writtenBytes: number;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, name: string, hash: Hash, sizeBytes: number) {
    this.#file = file;
    this.#name = name;
    this.hash = hash;
    this.#sizeBytes = sizeBytes;
    this.#writtenBytes = sizeBytes;
  }

  /**
   * The file of this process with the committed bytes and nothing behind them: what a broken call
   * or a crash left there is cut off. Undefined if the committed bytes are not there.
   */
  static async open(source: PartSource): Promise<PartFile | undefined> {
    const { folder, from, name, committedBytes, hash } = source;
    const path = join(folder, name);
    const isOwn = from === name;
    if (isOwn) await unshare(path);
    const file = await open(path, isOwn ? "r+" : "w+", FILE_MODE).catch(unlessMissing);
    if (!file) return undefined;
    try {
      const known = isOwn && hash ? hash.copy() : createHash("sha256");
      const isThere =
        isOwn && hash
          ? (await file.stat()).size >= committedBytes
          : from === null ||
            (await readInto(join(folder, from), committedBytes, known, file, isOwn));
      if (!isThere) {
        await file.close();
        return undefined;
      }
      await file.truncate(committedBytes);
      // The record will name the file: its name must be as durable as its bytes.
      if (!isOwn) await syncFolder(folder);
      return new PartFile(file, name, known, committedBytes);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** With the bytes that are still on their way to the disk. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /**
   * Resolves when the next chunk may come: no more than one chunk is in memory, whatever the disk
   * does. Throws what the write threw.
   */
  async append(chunk: Uint8Array): Promise<void> {
    this.hash.update(chunk);
    this.#sizeBytes += chunk.length;
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    const isEnough =
      this.#gatheredBytes >= GATHERED_BYTES || this.#gathered.length >= GATHERED_CHUNKS;
    if (isEnough) await this.#writeGathered();
  }

  /** All bytes that were appended before the call are on the disk when it resolves. */
  async sync(): Promise<PartPlace> {
    await this.#writeGathered();
    await this.#file.datasync();
    return { file: this.#name };
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#file.close();
  }

  /** Writes what was gathered, once what was gathered before is written. */
  #writeGathered(): Promise<void> {
    const before = this.#writing;
    if (this.#gathered.length === 0) return before;
    const chunks = this.#gathered;
    const at = this.#writtenBytes;
    this.#writtenBytes += this.#gatheredBytes;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#writing = before.then(() => this.#write(chunks, at));
    return this.#writing;
  }

  async #write(chunks: readonly Uint8Array[], at: number): Promise<void> {
    let position = at;
    for (const chunk of joined(chunks)) {
      for (let done = 0; done < chunk.length; ) {
        const left = chunk.length - done;
        const { bytesWritten } = await this.#file.write(chunk, done, left, position + done);
        done += bytesWritten;
      }
      position += chunk.length;
    }
  }
}

/**
 * The file may be a blob already, though the record does not say so: this process, or NATS, stopped
 * between the two. Then the blob keeps its bytes, and the upload gets a copy of them.
 */
async function unshare(path: string): Promise<void> {
  const facts = await stat(path).catch(unlessMissing);
  if (!facts || facts.nlink === 1) return;
  const copy = `${path}.copy`;
  await copyFile(path, copy);
  const file = await open(copy, "r");
  await file.datasync().finally(() => file.close());
  await rename(copy, path);
  await syncFolder(dirname(path));
}

/** A single write for many small chunks; a large one is not copied. */
function joined(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  return chunks.length === 1 ? chunks : [Buffer.concat(chunks)];
}

/**
 * Hashes the first bytes of the file at `path`, and writes them to `target` unless that is the same
 * file. False if there are fewer.
 */
async function readInto(
  path: string,
  sizeBytes: number,
  hash: Hash,
  target: FileHandle,
  isSame: boolean,
): Promise<boolean> {
  const found = await stat(path).catch(unlessMissing);
  if (!found || found.size < sizeBytes) return false;
  const source = isSame ? target : await open(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(FILE_CHUNK_BYTES);
    for (let at = 0; at < sizeBytes; ) {
      const wanted = Math.min(buffer.length, sizeBytes - at);
      const { bytesRead } = await source.read(buffer, 0, wanted, at);
      if (bytesRead === 0) return false;
      const bytes = buffer.subarray(0, bytesRead);
      hash.update(bytes);
      if (!isSame) await target.writeFile(bytes);
      at += bytesRead;
    }
    if (!isSame) await target.datasync();
    return true;
  } finally {
    if (!isSame) await source.close();
  }
}

function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
