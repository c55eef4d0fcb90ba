/**
 * All uploads that survive: begins them, lets one writer at a time into each, makes finished ones
 * blobs, and removes them. The records (upload-record.ts) are the truth about the bytes in the
 * storage of parts (open-part.ts).
 */
import { DepthmeshError } from "../../../core/errors.js";
import { Lru } from "../../../kit/async/lru.js";
import { isNotFound } from "../../../kit/blobs/object-errors.js";
import type { DeclaredFile } from "../../../kit/blobs/object-store.js";
import { isShared } from "../../../kit/blobs/store.js";
import type { RemovableCells } from "../../../kit/nats/kv.js";
import { failpoint } from "../../../kit/process/failpoint.js";
import { isId, newId } from "../../../pipeline/record/id.js";
import type { GatewayContext } from "../context.js";
import { FileParts } from "./file-parts.js";
import { NewestOnly } from "./newest-only.js";
import { namesIn, type PartPlace, type PartStorage, PUT_NAME } from "./open-part.js";
import { addressUnavailable, type PutStorage } from "./put-storage.js";
import { StoredParts } from "./stored-parts.js";
import {
  awaitedBytes,
  isExpired,
  isFinished,
  offsetMismatch,
  type UploadRecord,
  uploadName,
  uploadNotFound,
} from "./upload-record.js";
import { UploadRecords, type VersionedUpload } from "./upload-records.js";
import { type KnownPart, superseded, UploadWriter } from "./upload-writer.js";

/** Uploads whose hash is remembered between two calls; of others, the bytes are read again. */
const MAX_KNOWN = 1_000;

export interface UploadsContext extends Pick<GatewayContext, "blobs" | "claims"> {
  readonly quotas: Pick<GatewayContext["quotas"], "takeUpload" | "giveBackUpload">;
  readonly buckets: { readonly uploads: RemovableCells };
  readonly config: Pick<
    GatewayContext["config"],
    "blobFolder" | "uploadExpiryMs" | "diskReserveMib"
  >;
}

export class KeptUploads {
  readonly records: UploadRecords;
  readonly #context: UploadsContext;
  readonly #storage: PartStorage;
  readonly #process: string;
  /** Other gateways may go on with an upload of this one. */
  readonly #isShared: boolean;
  readonly #writers = new NewestOnly();
  readonly #known = new Lru<KnownPart>(MAX_KNOWN);

  private constructor(context: UploadsContext, storage: PartStorage, process: string) {
    this.#context = context;
    this.#storage = storage;
    this.#process = process;
    this.#isShared = isShared(context.blobs);
    this.records = new UploadRecords(context.buckets.uploads);
  }

  static async open(context: UploadsContext): Promise<KeptUploads> {
    const process = newId();
    const { blobs, config } = context;
    const { blobFolder: folder, diskReserveMib: reserveMib } = config;
    const storage = isShared(blobs)
      ? new StoredParts(blobs)
      : await FileParts.open({ folder, blobs, reserveMib, process });
    return new KeptUploads(context, storage, process);
  }

  /**
   * A record without bytes, or the one of this id that exists. What is to come to an address counts
   * at once: no gateway sees it come. Throws UPLOAD_NOT_FOUND, QUOTA_EXCEEDED.
   */
  async create(
    tenant: string,
    id: string,
    sizeBytes: number | null,
    putSha256?: string,
  ): Promise<UploadRecord> {
    const createdAtMs = Date.now();
    const expiresAtMs = createdAtMs + this.#context.config.uploadExpiryMs;
    const empty = { committedBytes: 0, file: null, sha256: null };
    const record = { id, tenant, createdAtMs, expiresAtMs, sizeBytes, ...empty, putSha256 };
    while (!(await this.#createCounted(record))) {
      const found = await this.records.read(id);
      // It was removed between the two.
      if (!found) continue;
      if (found.record.tenant !== tenant) throw uploadNotFound(id);
      if (!isExpired(found.record, createdAtMs)) return found.record;
      // For callers it does not exist, although it was not removed yet.
      await this.remove(id, (current) => isExpired(current, createdAtMs));
    }
    return record;
  }

  /** False if there is a record of this id. */
  async #createCounted(record: UploadRecord): Promise<boolean> {
    const { quotas } = this.#context;
    const awaited = awaitedBytes(record);
    if (awaited === 0) return this.records.create(record);
    if (await this.records.read(record.id)) return false;
    quotas.takeUpload(record.tenant, awaited);
    const isCreated = await this.records.create(record).catch((error) => {
      quotas.giveBackUpload(record.tenant, awaited);
      throw error;
    });
    if (!isCreated) quotas.giveBackUpload(record.tenant, awaited);
    return isCreated;
  }

  /**
   * Runs `work` as the only writer of the upload; a running one ends with UPLOAD_SUPERSEDED, as
   * this one does when a newer one comes.
   */
  asWriter<T>(id: string, work: (newer: AbortSignal) => Promise<T>): Promise<T> {
    return this.#writers.run(id, superseded, work);
  }

  /**
   * Only inside `asWriter`, with what `fence` has returned and is not finished. As
   * UploadWriter.open.
   */
  async openWriter(found: VersionedUpload): Promise<UploadWriter | undefined> {
    const current = await this.fence(found);
    if (isFinished(current.record)) throw superseded();
    const { records } = this;
    const options = {
      ...{ records, storage: this.#storage, expiryMs: this.#context.config.uploadExpiryMs },
      known: this.#known.get(current.record.id),
      onCommitted: (upload: string, part: KnownPart, before: PartPlace) => {
        this.#known.set(upload, part, 1);
        // Nobody continues what the process that wrote before has written, or a part that was
        // joined.
        const kept = namesIn(part.place);
        const replaced = namesIn(before).filter((name) => !kept.includes(name));
        // What stays because that fails is removed with the leftovers.
        this.#storage.remove(upload, replaced).catch(() => {});
      },
    };
    return UploadWriter.open(options, current);
  }

  /**
   * Only inside `asWriter`. From here on, no other gateway commits bytes that it has received
   * before. The upload as it is then: another gateway may have finished it meanwhile. Throws
   * UPLOAD_OFFSET_MISMATCH if bytes were added.
   */
  async fence(found: VersionedUpload): Promise<VersionedUpload> {
    if (!this.#isShared) return found;
    const { committedBytes, tenant } = found.record;
    let current = found;
    while (current.record.writer !== this.#process && !isFinished(current.record)) {
      const record = { ...current.record, writer: this.#process };
      const revision = await this.records.replace(record, current.revision);
      if (revision !== undefined) return { record, revision };
      current = await this.records.of(tenant, found.record.id);
      if (current.record.committedBytes !== committedBytes) {
        throw offsetMismatch(committedBytes, current.record);
      }
    }
    return current;
  }

  /**
   * Makes the committed bytes of a writer a blob, then stores that the upload is finished. After a
   * crash between the two the caller finishes again.
   */
  async finish(writer: UploadWriter, committed: UploadRecord): Promise<UploadRecord> {
    const { id } = committed;
    const { claims } = this.#context;
    const sha256 = writer.digest();
    // Two gateways may finish it at once.
    const call = `finish/${id}/${newId()}`;
    await claims.claim(call, sha256);
    let finished: UploadRecord;
    try {
      await this.#storage.toBlob(committed, sha256);
      failpoint("after-adoption-before-finish", "");
      finished = await writer.markFinished(sha256);
    } catch (error) {
      if (!this.#isShared || !isNotFound(error)) throw error;
      throw offsetMismatch(committed.committedBytes, await writer.markLost());
    } finally {
      // Until the upload is removed, its blob is in use: whoever removes blobs knows the uploads.
      claims.note(uploadName(id), sha256);
      claims.release(call);
    }
    this.#known.delete(id);
    await this.#storage.remove(id, namesIn(committed));
    return finished;
  }

  /** Undefined where callers cannot send files to the store themselves. */
  get puts(): PutStorage | undefined {
    return this.#storage.puts;
  }

  /**
   * Only inside `asWriter`. Makes what a caller has put a blob, then stores that the upload is
   * finished. Throws UPLOAD_INCOMPLETE if nothing has come, UPLOAD_CHECKSUM_MISMATCH if it is
   * something else: then the upload must be removed.
   */
  async finishPut(found: VersionedUpload, declared: DeclaredFile): Promise<UploadRecord> {
    const { id, tenant } = found.record;
    const { claims } = this.#context;
    const { sizeBytes, sha256 } = declared;
    const call = `finish/${id}/${newId()}`;
    await claims.claim(call, sha256);
    let finished: UploadRecord = {
      ...found.record,
      ...{ committedBytes: sizeBytes, sha256 },
      expiresAtMs: Date.now() + this.#context.config.uploadExpiryMs,
    };
    try {
      if (!this.puts) throw addressUnavailable();
      try {
        await this.puts.toBlob(id, declared);
        if ((await this.records.replace(finished, found.revision)) === undefined) {
          throw superseded();
        }
      } catch (error) {
        // Another gateway may have finished it, and have removed what had come.
        finished = (await this.records.of(tenant, id)).record;
        if (!isFinished(finished)) throw error;
      }
      claims.note(uploadName(id), sha256);
    } finally {
      claims.release(call);
    }
    await this.#storage.remove(id, [PUT_NAME]);
    return finished;
  }

  /**
   * Removes an upload, if `mayRemove` says so of its newest record, and its file; ends its writer
   * with UPLOAD_NOT_FOUND. The record that was removed; its blob stays. Undefined if there is none.
   */
  remove(
    id: string,
    mayRemove: (record: UploadRecord) => boolean,
  ): Promise<UploadRecord | undefined> {
    return this.#writers.run(
      id,
      () => uploadNotFound(id),
      async () => {
        for (;;) {
          const found = await this.records.read(id);
          if (!found || !mayRemove(found.record)) return undefined;
          if (!(await this.records.remove(id, found.revision))) continue;
          this.#known.delete(id);
          const { record } = found;
          await this.#storage.remove(id, namesIn(record));
          const { claims, quotas } = this.#context;
          claims.release(uploadName(id));
          quotas.giveBackUpload(record.tenant, awaitedBytes(record), record.createdAtMs);
          return record;
        }
      },
    );
  }

  isWritten(id: string): boolean {
    return this.#writers.isRunning(id);
  }

  /**
   * Removes files and parts that no record names, as crashes and replaced processes leave them.
   * Those that were written since `beforeMs` (Unix milliseconds) stay: their record may be on its
   * way. So does a file whose record cannot be read. Returns how many. Throws BUS_UNAVAILABLE.
   */
  async clearLeftovers(beforeMs: number): Promise<number> {
    // What was written before `beforeMs` is not named later: one look at each record is enough.
    const named = new Map<string, Promise<readonly string[] | undefined>>();
    return this.#storage.removeLeftovers(beforeMs, async (id, name) => {
      if (this.isWritten(id)) return true;
      const names = named.get(id) ?? this.#namesOf(id);
      named.set(id, names);
      return ((await names)?.includes(name) ?? true) || this.isWritten(id);
    });
  }

  /** What the upload's record names; undefined for one that cannot be read, which tells nothing. */
  async #namesOf(id: string): Promise<readonly string[] | undefined> {
    if (!isId(id)) return [];
    try {
      const found = await this.records.read(id);
      return found ? namesIn(found.record) : [];
    } catch (error) {
      if (error instanceof DepthmeshError) throw error;
      return undefined;
    }
  }
}
