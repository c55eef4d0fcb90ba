/**
 * Whether the bytes of a stored blob still have the hash that names it. A file is hashed when it is
 * first read, and again when it has changed or was checked too long ago: disks lose bits without a
 * trace in the file's times.
 */
import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { DepthmeshError } from "../../core/errors.js";
import { FILE_CHUNK_BYTES } from "../rpc/chunks.js";

/** A check is not repeated within this time. Hashing takes about 2 ms per MB. */
const FRESH_MS = 10 * 60_000;
/** The oldest checks beyond it are forgotten. */
const MAX_REMEMBERED = 20_000;

/** What tells one state of a file from another. */
type FileState = Pick<Stats, "ino" | "size" | "mtimeMs" | "ctimeMs">;

export class BlobChecks {
  readonly #checked = new Map<string, FileState & { readonly atMs: number }>();

  /** Whether the file was found sound in this state, not long ago. */
  isFresh(sha256: string, file: FileState, nowMs = Date.now()): boolean {
    const known = this.#checked.get(sha256);
    if (!known || Math.abs(nowMs - known.atMs) > FRESH_MS) return false;
    const { ino, size, mtimeMs, ctimeMs } = known;
    const isSameFile = ino === file.ino && size === file.size;
    return isSameFile && mtimeMs === file.mtimeMs && ctimeMs === file.ctimeMs;
  }

  /** The file was hashed, in this state: as it was read or, for a new one, as it was written. */
  remember(sha256: string, { ino, size, mtimeMs, ctimeMs }: FileState, atMs = Date.now()): void {
    this.#checked.delete(sha256);
    this.#checked.set(sha256, { ino, size, mtimeMs, ctimeMs, atMs });
    if (this.#checked.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#checked.keys();
    if (oldest !== undefined) this.#checked.delete(oldest);
  }

  /** The file's times were changed on purpose: a check of before still counts, with its age. */
  carryOver(sha256: string, before: FileState, after: FileState): void {
    const known = this.#checked.get(sha256);
    if (known && this.isFresh(sha256, before)) this.remember(sha256, after, known.atMs);
  }

  forget(sha256: string): void {
    this.#checked.delete(sha256);
  }
}

/** The SHA-256 of a file, in lower-case hexadecimal. */
export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  const chunks = createReadStream(path, { highWaterMark: FILE_CHUNK_BYTES });
  for await (const chunk of chunks) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/**
 * The chunks as they come; throws BLOB_CORRUPT after the last one, if all together do not have the
 * hash `sha256`.
 */
export async function* checkedChunks(
  chunks: AsyncIterable<Uint8Array>,
  sha256: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== sha256) throw blobCorrupt(sha256);
}

/** For a blob whose bytes do not have the hash that names it. */
export function blobCorrupt(sha256: string): DepthmeshError {
  const message = "a stored file is damaged: its bytes no longer have the hash that names it";
  return new DepthmeshError("BLOB_CORRUPT", message, { metadata: { sha256 } });
}
