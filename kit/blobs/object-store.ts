/**
 * Storage of named bytes, on which blobs (object-blobs.ts) and the parts of uploads lie. A key is
 * made of words of letters, digits, ".", "_" and "-", with "/" between them. Whole objects only
 * appear under a key. Every method may be called by several processes at once.
 */
export interface ObjectFacts {
  readonly key: string;
  readonly sizeBytes: number;
  /** Unix milliseconds, by the store's clock: when it was written or touched. */
  readonly modifiedAtMs: number;
}

/** How a download by an address is answered. */
export interface DownloadHeaders {
  readonly mediaType: string;
  /** Name of the file for browsers: letters, digits, ".", "_" and "-". */
  readonly fileName: string;
}

/** An address that works without credentials, for a while. It is a secret: it is never logged. */
export interface SignedUrl {
  readonly url: string;
  /** Unix milliseconds. */
  readonly expiresAtMs: number;
}

/**
 * What a look at an object must be worth. `newest`: everything that other processes have written
 * and touched. `present`: it exists, with this size; it may be younger than is told. `remembered`:
 * as this process knew it last, if it does; only for a caller that finds out next whether it is
 * still there. The last two are for keys whose writers all write the same bytes (key-rules.ts).
 */
export type Knowledge = "newest" | "present" | "remembered";

/** What a caller says of a file before it sends it. */
export interface DeclaredFile {
  readonly sizeBytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** An address that takes one file by PUT, with these headers. */
export interface SignedPut extends SignedUrl {
  readonly headers: Readonly<Record<string, string>>;
}

/** Until when a removal is safe of what other processes may need as well (shared-claims.ts). */
export interface RemovalWindow {
  isOpen(): boolean;
  /**
   * Whether it is open: asked after everything that takes time, right before something is deleted.
   */
  begin(): boolean;
  /** Fires when what was begun in time must have ended; absent where that makes no difference. */
  readonly signal?: AbortSignal;
}

export interface ObjectStore {
  /**
   * Stores all chunks under the key, in place of what is there; they are durable when it resolves.
   * No more than a few parts of some MiB are in memory. Nothing remains when the source throws.
   * Throws STORAGE_FULL, STORAGE_UNAVAILABLE.
   */
  put(key: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>;
  /**
   * Bytes from `offset`, at most `limit` of them. Throws BLOB_NOT_FOUND, STORAGE_UNAVAILABLE, also
   * when fewer bytes come than the object has.
   */
  get(key: string, offset?: number, limit?: number): AsyncIterable<Uint8Array>;
  /** Undefined if there is no such object; `newest` by default. Throws STORAGE_UNAVAILABLE. */
  head(key: string, knowledge?: Knowledge): Promise<ObjectFacts | undefined>;
  /** The objects whose keys begin with `prefix`, which ends with "/"; in no particular order. */
  list(prefix: string): AsyncIterable<ObjectFacts>;
  /**
   * Makes an object young; one that was written or touched within the last minute may stay as it
   * is. False if there is none.
   */
  touch(key: string): Promise<boolean>;
  /**
   * Gives an object another key, in place of what is there, and makes it young. False if there is
   * none, or it was written or touched since `beforeMs` (Unix milliseconds; by default it is moved
   * whatever its age).
   */
  move(from: string, to: string, beforeMs?: number): Promise<boolean>;
  /**
   * Deletes an object, unless it was written or touched since `beforeMs` (Unix milliseconds; by
   * default it is deleted whatever its age). An object that another process writes or touches
   * meanwhile survives. Returns whether this call deleted it, which it does not when the window is
   * over.
   */
  remove(key: string, beforeMs?: number, window?: RemovalWindow): Promise<boolean>;
  /** Deletes what writes that were cut off before `beforeMs` have left. */
  clearPartials(beforeMs: number): Promise<void>;
  /**
   * An address from which an object can be read with GET, also in ranges. Undefined if there is no
   * such object; the method is absent where the store gives no addresses.
   */
  downloadUrl?(key: string, headers: DownloadHeaders): Promise<SignedUrl | undefined>;
  /**
   * An address at which the store takes an object of a caller, of this size. Whether it looks at
   * the hash is up to the store. Keys with one name only (key-rules.ts). Absent as above.
   */
  putUrl?(key: string, declared: DeclaredFile): Promise<SignedPut>;
  /** Copies an object. False if there is none. Absent as above. */
  copy?(from: string, to: string): Promise<boolean>;
}
