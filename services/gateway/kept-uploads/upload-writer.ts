/**
 * Writes the bytes of one call to an upload and commits them: first the bytes are durable, then the
 * record says so. A crash between the two leaves bytes that do not count and are cut off later.
 */
import type { Hash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { DepthmeshError } from "../../../core/errors.js";
import { isNotFound } from "../../../kit/blobs/object-errors.js";
import { failpoint } from "../../../kit/process/failpoint.js";
import { namesIn, type OpenPart, type PartPlace, type PartStorage } from "./open-part.js";
import { type UploadRecord, uploadNotFound } from "./upload-record.js";
import type { UploadRecords, VersionedUpload } from "./upload-records.js";

/** Bytes are committed after so many of them, or when so much time has passed. */
const COMMIT_BYTES = 4 * 1024 * 1024;
const COMMIT_MS = 5_000;

/** What this process remembers of an upload between two calls. */
export interface KnownPart {
  readonly place: PartPlace;
  readonly committedBytes: number;
  /** Of the committed bytes. */
  readonly hash: Hash;
}

export interface WriterOptions {
  readonly records: UploadRecords;
  readonly storage: PartStorage;
  /** How long an upload is kept after its last part. */
  readonly expiryMs: number;
  readonly known: KnownPart | undefined;
  /**
   * `before` is where the bytes were, which nobody needs any more where `part` does not name it.
   */
  readonly onCommitted: (id: string, part: KnownPart, before: PartPlace) => void;
}

export class UploadWriter {
  readonly #options: WriterOptions;
  readonly #part: OpenPart;
  /** As it was stored last. */
  #current: VersionedUpload;
  #committing: Promise<void> | undefined;
  /** Where the last commit that was begun ends. */
  #begunBytes: number;
  #begunAtMs = performance.now();
  /** Why a commit has failed; nothing can be appended after that. */
  #failure: unknown;

  private constructor(options: WriterOptions, part: OpenPart, current: VersionedUpload) {
    this.#options = options;
    this.#part = part;
    this.#current = current;
    this.#begunBytes = part.sizeBytes;
  }

  /**
   * Goes on where the committed bytes end. Undefined if they are no longer there: then the record
   * says that none are committed. Throws STORAGE_FULL, BUS_UNAVAILABLE.
   */
  static async open(
    options: WriterOptions,
    current: VersionedUpload,
  ): Promise<UploadWriter | undefined> {
    const { storage, known, records } = options;
    const { record, revision } = current;
    await storage.assertRoom();
    const isKnown =
      known?.committedBytes === record.committedBytes && isSamePlace(known.place, record);
    const part = await storage.open(record, isKnown ? known.hash : undefined);
    if (part) return new UploadWriter(options, part, current);
    await records.replace(withoutBytes(record), revision);
    return undefined;
  }

  /** With the bytes that are not committed yet. */
  get sizeBytes(): number {
    return this.#part.sizeBytes;
  }

  /** What stays if the call ends now. */
  get committedBytes(): number {
    return this.#current.record.committedBytes;
  }

  /** Commits from time to time. Throws what that throws: STORAGE_FULL, UPLOAD_NOT_FOUND, … */
  async append(bytes: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure;
    await this.#part.append(bytes);
    const waitingBytes = this.#part.sizeBytes - this.#begunBytes;
    if (waitingBytes >= this.#part.maxUncommittedBytes) await this.#committing;
    const isDue = waitingBytes >= COMMIT_BYTES || performance.now() - this.#begunAtMs >= COMMIT_MS;
    if (isDue && !this.#committing) this.#beginCommit();
  }

  /**
   * Commits everything that was appended. Throws STORAGE_FULL, BUS_UNAVAILABLE, UPLOAD_NOT_FOUND if
   * the upload was removed, UPLOAD_SUPERSEDED if another process writes it now.
   */
  async commit(): Promise<UploadRecord> {
    await this.#committing;
    if (this.#failure) throw this.#failure;
    if (this.#part.sizeBytes > this.#current.record.committedBytes) {
      this.#beginCommit();
      await this.#committing;
    }
    return this.#current.record;
  }

  /** SHA-256 of everything that was appended, in hexadecimal. */
  digest(): string {
    return this.#part.hash.copy().digest("hex");
  }

  /** Stores that the upload is finished. Its committed bytes must be a blob already. */
  async markFinished(sha256: string): Promise<UploadRecord> {
    const { parts: _parts, ...record } = this.#current.record;
    await this.#store({ ...record, sha256, file: null });
    return this.#current.record;
  }

  /** The committed bytes are lost: the caller begins again. */
  async markLost(): Promise<UploadRecord> {
    await this.#store(withoutBytes(this.#current.record));
    return this.#current.record;
  }

  /** What is not committed by then is lost. */
  async close(): Promise<void> {
    await this.#committing?.catch(() => {});
    await this.#part.close();
  }

  /** At most one at a time. The next `append` or `commit` throws its error. */
  #beginCommit(): void {
    this.#begunBytes = this.#part.sizeBytes;
    this.#begunAtMs = performance.now();
    this.#committing = this.#commitUpTo(this.#begunBytes, this.#part.hash.copy()).finally(() => {
      this.#committing = undefined;
    });
    this.#committing.catch((error) => {
      this.#failure = error;
    });
  }

  async #commitUpTo(committedBytes: number, hash: Hash): Promise<void> {
    const { storage, expiryMs, onCommitted } = this.#options;
    await storage.assertRoom();
    const place = await this.#part.sync(committedBytes).catch((error) => this.#explained(error));
    failpoint("after-part-before-commit", "");
    const expiresAtMs = Date.now() + expiryMs;
    const { record } = this.#current;
    await this.#store({ ...record, ...place, committedBytes, expiresAtMs });
    onCommitted(record.id, { place, committedBytes, hash }, record);
  }

  /** Committed bytes that are gone were removed by whoever has the upload now, or are lost. */
  async #explained(error: unknown): Promise<never> {
    if (!isNotFound(error)) throw error;
    const { record, revision } = this.#current;
    const found = await this.#options.records.read(record.id);
    if (!found) throw uploadNotFound(record.id);
    if (found.revision === revision) await this.markLost();
    throw superseded();
  }

  async #store(record: UploadRecord): Promise<void> {
    const { records } = this.#options;
    const { id } = record;
    const revision = await records.replace(record, this.#current.revision);
    if (revision !== undefined) {
      this.#current = { record, revision };
      return;
    }
    const found = await records.read(id);
    if (!found) throw uploadNotFound(id);
    // NATS has stored an earlier attempt whose answer was lost.
    if (isDeepStrictEqual(found.record, record)) {
      this.#current = found;
      return;
    }
    throw superseded();
  }
}

function withoutBytes({ parts: _parts, ...record }: UploadRecord): UploadRecord {
  return { ...record, committedBytes: 0, file: null };
}

function isSamePlace(one: PartPlace, other: PartPlace): boolean {
  return JSON.stringify(namesIn(one)) === JSON.stringify(namesIn(other));
}

export function superseded(): DepthmeshError {
  const message = "a newer call writes this upload; only one may";
  return new DepthmeshError("UPLOAD_SUPERSEDED", message);
}
