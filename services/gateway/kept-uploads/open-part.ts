/**
 * Where the bytes of uploads lie until these are finished: in files of one gateway
 * (file-parts.ts), or in objects that all gateways read (stored-parts.ts).
 */
import type { Hash } from "node:crypto";
import type { PutStorage } from "./put-storage.js";
import type { UploadRecord } from "./upload-record.js";

/** What a record says of where its committed bytes are. */
export type PartPlace = Pick<UploadRecord, "file" | "parts"> &
  Partial<Pick<UploadRecord, "putSha256" | "sha256">>;

/** The name of what a caller puts at an address: there is one of each upload. */
export const PUT_NAME = "put";

/** The bytes of one upload, to which one writer adds. */
export interface OpenPart {
  /** Of all bytes that were appended, and the committed ones before them. */
  readonly hash: Hash;
  /** With the bytes that are still on their way. */
  readonly sizeBytes: number;
  /** A store that is slower than the caller makes it wait when so many bytes are not committed. */
  readonly maxUncommittedBytes: number;
  /** Resolves when the next chunk may come. Throws what a write threw. */
  append(chunk: Uint8Array): Promise<void>;
  /**
   * The first `sizeBytes` bytes, where a chunk ends, are durable when it resolves; tells where.
   * Throws STORAGE_FULL, STORAGE_UNAVAILABLE.
   */
  sync(sizeBytes: number): Promise<PartPlace>;
  /** What was not synced is lost. */
  close(): Promise<void>;
}

export interface PartStorage {
  /** Throws STORAGE_FULL. */
  assertRoom(): Promise<void>;
  /**
   * The committed bytes and nothing behind them. `known` is their hash, if the caller has it;
   * otherwise they are read. Undefined if they are no longer there.
   */
  open(record: UploadRecord, known: Hash | undefined): Promise<OpenPart | undefined>;
  /** Makes the committed bytes, whose hash is `sha256`, a blob. Throws BLOB_NOT_FOUND. */
  toBlob(record: UploadRecord, sha256: string): Promise<void>;
  /** Undefined where callers cannot send files to the store themselves. */
  readonly puts?: PutStorage | undefined;
  /** Removes what an upload no longer names. */
  remove(id: string, names: readonly string[]): Promise<void>;
  /**
   * Removes what was written before `beforeMs` (Unix milliseconds) and is not kept; it is asked
   * after it was found. Returns how many.
   */
  removeLeftovers(
    beforeMs: number,
    isKept: (id: string, name: string) => Promise<boolean>,
  ): Promise<number>;
}

/** The names of the files or objects that a record names. */
export function namesIn({ file, parts = [], putSha256, sha256 }: PartPlace): readonly string[] {
  // What comes to the address of a finished upload is nobody's.
  const put = putSha256 === undefined || sha256 !== null ? [] : [PUT_NAME];
  return [...(file === null ? [] : [file]), ...parts.map(({ name }) => name), ...put];
}
