/** Content-addressed storage of bytes: the interface of the blob store, and the names of blobs. */
import type { DownloadHeaders, ObjectStore, RemovalWindow, SignedUrl } from "./object-store.js";

export interface BlobFacts {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface BlobStore {
  /**
   * Stores all chunks; they are durable when it resolves. Nothing remains when the source throws.
   * `onNamed` is called with the hash, and awaited, before the blob appears under it. Throws
   * STORAGE_FULL, and what `onNamed` throws.
   */
  write(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    onNamed?: (sha256: string) => unknown,
  ): Promise<BlobFacts>;
  /**
   * Makes a durable file of this machine a blob. Its bytes must have the hash `sha256`, and nobody
   * may write it any more. The file stays.
   */
  adopt(path: string, sha256: string): Promise<void>;
  /**
   * Makes an object that a caller has put a blob; the object stays. `onRead` is called with what
   * its bytes are, and awaited, before the blob appears; nothing remains when it throws. Throws
   * BLOB_NOT_FOUND if there is no such object. Absent where callers put none.
   */
  takeObject?(key: string, onRead: (facts: BlobFacts) => unknown): Promise<void>;
  /** Throws BLOB_NOT_FOUND, BLOB_CORRUPT. */
  stat(sha256: string): Promise<BlobFacts>;
  /**
   * The size of a blob that the caller reads next, which then tells whether it is still there.
   * Throws BLOB_NOT_FOUND, BLOB_CORRUPT.
   */
  sizeToRead(sha256: string): Promise<number>;
  /**
   * Makes a blob as young as a new one, for a caller that is about to reference it. False if there
   * is no such blob, or its bytes no longer have the hash that names it.
   */
  hold(sha256: string): Promise<boolean>;
  /**
   * Bytes from `offset`, at most `limit` of them. Throws BLOB_NOT_FOUND; BLOB_CORRUPT, for a whole
   * blob perhaps only after its last byte.
   */
  read(sha256: string, offset?: number, limit?: number): AsyncIterable<Uint8Array>;
  /**
   * Gives a blob's bytes a name at `path` of this machine, where they outlive the blob: a hard link
   * where the store has files, else a copy. Throws BLOB_NOT_FOUND.
   */
  link(sha256: string, path: string): Promise<void>;
  /**
   * Hashes of the blobs that were neither written nor held since `beforeMs` (Unix milliseconds).
   */
  olderThan(beforeMs: number): Promise<string[]>;
  /**
   * Deletes a blob unless it was written or held since `beforeMs`, in any process. Returns whether
   * this call deleted it. Where one process owns the store, nothing else runs in that process
   * between the call and the removal.
   */
  removeOlder(sha256: string, beforeMs: number): Promise<boolean>;
  /** As `removeOlder`, of any age by default; nothing is deleted when the window is over. */
  remove(sha256: string, beforeMs?: number, window?: RemovalWindow): Promise<boolean>;
  /** Deletes what belongs to no running write, and blobs set aside long ago. */
  clearPartials(): Promise<void>;
  /** Bytes of all blobs. It looks at each of them, so that it takes a while. */
  usedBytes(): Promise<number>;
  /**
   * An address from which the blob can be read for a while. Undefined if there is no such blob, and
   * from stores that give no addresses.
   */
  downloadUrl(sha256: string, headers: DownloadHeaders): Promise<SignedUrl | undefined>;
}

/** A blob store that several processes may have. */
export interface SharedBlobStore extends BlobStore {
  /** Other objects in the same place, such as the parts of uploads. Not those of blobs. */
  readonly objects: ObjectStore;
}

export function isShared(blobs: BlobStore): blobs is SharedBlobStore {
  return "objects" in blobs;
}

const SHA256 = /^[0-9a-f]{64}$/;

export const blobName = (sha256: string) => `blobs/${sha256}`;

/** The hash in a blob's name; undefined if it is not a blob name. */
export function parseBlobName(name: string): string | undefined {
  const sha256 = name.startsWith("blobs/") ? name.slice("blobs/".length) : "";
  return SHA256.test(sha256) ? sha256 : undefined;
}

const HASH = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

/**
 * Everything in a text that looks like a blob's hash, without duplicates. The sweep keeps whatever
 * a record or cache entry mentions, in any field.
 */
export function hashesIn(text: string): string[] {
  return [...new Set(text.match(HASH))];
}
