/** Content-addressed bytes: what every backend of the blob store can do. */
export interface BlobFacts {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface BlobStore {
  /**
   * Store all chunks; durable when it resolves. Nothing remains when the source throws. Throws
   * STORAGE_FULL.
   */
  write(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<BlobFacts>;
  /** Throws BLOB_NOT_FOUND. */
  stat(sha256: string): Promise<BlobFacts>;
  /**
   * Make a blob as young as a new one, for whoever is about to name it. False where there is none.
   */
  hold(sha256: string): Promise<boolean>;
  /** Bytes from `offset`, at most `limit` of them. Throws BLOB_NOT_FOUND. */
  read(sha256: string, offset?: number, limit?: number): AsyncIterable<Uint8Array>;
}

const SHA256 = /^[0-9a-f]{64}$/;

export const blobName = (sha256: string) => `blobs/${sha256}`;

/** The hash in a blob's name; undefined when it is none. */
export function parseBlobName(name: string): string | undefined {
  const sha256 = name.startsWith("blobs/") ? name.slice("blobs/".length) : "";
  return SHA256.test(sha256) ? sha256 : undefined;
}

const HASH = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

/**
 * Whatever in a text looks like a blob's hash, each once: what a record or an entry names is kept,
 * whatever field names it.
 */
export function hashesIn(text: string): string[] {
  return [...new Set(text.match(HASH))];
}
