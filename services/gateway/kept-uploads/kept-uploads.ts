/**
 * All uploads that survive: begins them, lets one writer at a time into each, makes finished ones
 * blobs, and removes them. The records (upload-record.ts) are the truth; the files lie in the
 * folder `uploads` of the blob store.
 */
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { DepthmeshError } from "../../../core/errors.js";
import { OWNER_ONLY } from "../../../kit/blobs/durable.js";
import type { RemovableCells } from "../../../kit/nats/kv.js";
import { failpoint } from "../../../kit/process/failpoint.js";
import { isId, newId } from "../../../pipeline/record/id.js";
import type { GatewayContext } from "../context.js";
import { NewestOnly } from "./newest-only.js";
import { isExpired, type UploadRecord, uploadName, uploadNotFound } from "./upload-record.js";
import { UploadRecords, type VersionedUpload } from "./upload-records.js";
import { type KnownPart, superseded, UploadWriter } from "./upload-writer.js";

/** Uploads whose hash is remembered between two calls; of others, the bytes are read again. */
const MAX_KNOWN = 1_000;

export interface UploadsContext extends Pick<GatewayContext, "blobs" | "claims"> {
  readonly buckets: { readonly uploads: RemovableCells };
  readonly config: Pick<
    GatewayContext["config"],
    "blobFolder" | "uploadExpiryMs" | "diskReserveMib"
  >;
}

export class KeptUploads {
  readonly records: UploadRecords;
  readonly #context: UploadsContext;
  readonly #folder: string;
  /** Ends the names of the files that this process writes. */
  readonly #process = newId();
  readonly #writers = new NewestOnly();
  readonly #known = new Map<string, KnownPart>();

  private constructor(context: UploadsContext, folder: string) {
    this.#context = context;
    this.#folder = folder;
    this.records = new UploadRecords(context.buckets.uploads);
  }

  static async open(context: UploadsContext): Promise<KeptUploads> {
    const folder = join(context.config.blobFolder, "uploads");
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY });
    return new KeptUploads(context, folder);
  }

  /** A record without bytes, or the one of this id that exists. Throws UPLOAD_NOT_FOUND. */
  async create(tenant: string, id: string, sizeBytes: number | null): Promise<UploadRecord> {
    const createdAtMs = Date.now();
    const expiresAtMs = createdAtMs + this.#context.config.uploadExpiryMs;
    const empty = { committedBytes: 0, file: null, sha256: null };
    const record = { id, tenant, createdAtMs, expiresAtMs, sizeBytes, ...empty };
    while (!(await this.records.create(record))) {
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

  /**
   * Runs `work` as the only writer of the upload; a running one ends with UPLOAD_SUPERSEDED, as
   * this one does when a newer one comes.
   */
  asWriter<T>(id: string, work: (newer: AbortSignal) => Promise<T>): Promise<T> {
    return this.#writers.run(id, superseded, work);
  }

  /** Only inside `asWriter`. As UploadWriter.open. */
  openWriter(current: VersionedUpload): Promise<UploadWriter | undefined> {
    const { uploadExpiryMs, diskReserveMib } = this.#context.config;
    const { id, file } = current.record;
    const own = `${id}.${this.#process}`;
    const options = {
      ...{ records: this.records, folder: this.#folder, file: own },
      ...{ expiryMs: uploadExpiryMs, reserveMib: diskReserveMib, known: this.#known.get(id) },
      onCommitted: (upload: string, part: KnownPart) => {
        this.#remember(upload, part);
        // Nobody continues the file of the process that wrote before.
        if (file !== null && file !== own) void this.#removeFile(file);
      },
    };
    return UploadWriter.open(options, current);
  }

  /**
   * Makes the committed bytes of a writer a blob, then stores that the upload is finished. After a
   * crash between the two the caller finishes again.
   */
  async finish(writer: UploadWriter, { id, file }: UploadRecord): Promise<UploadRecord> {
    const { blobs, claims } = this.#context;
    const sha256 = writer.digest();
    // Until the upload is removed, its blob is in use. The index claims it again after a restart.
    claims.claim(uploadName(id), sha256);
    await blobs.adopt(join(this.#folder, file ?? ""), sha256);
    failpoint("after-adoption-before-finish", "");
    const finished = await writer.markFinished(sha256);
    this.#known.delete(id);
    if (file !== null) await this.#removeFile(file);
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
          if (record.file !== null) await this.#removeFile(record.file);
          this.#context.claims.release(uploadName(id));
          return record;
        }
      },
    );
  }

  isWritten(id: string): boolean {
    return this.#writers.isRunning(id);
  }

  /**
   * Removes files that no record names, as crashes and replaced processes leave them. Those that
   * were written since `beforeMs` (Unix milliseconds) stay: their record may be on its way. So does
   * a file whose record cannot be read. Returns how many. Throws BUS_UNAVAILABLE.
   */
  async clearLeftovers(beforeMs: number): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.#folder)) {
      const [id = ""] = name.split(".");
      const facts = await stat(join(this.#folder, name)).catch(() => undefined);
      if (!facts || facts.mtimeMs >= beforeMs || this.isWritten(id)) continue;
      if ((await this.#isNamed(id, name)) || this.isWritten(id)) continue;
      await this.#removeFile(name);
      removed += 1;
    }
    return removed;
  }

  /** Whether the upload's record names the file, or may: one that cannot be read tells nothing. */
  async #isNamed(id: string, file: string): Promise<boolean> {
    if (!isId(id)) return false;
    try {
      return (await this.records.read(id))?.record.file === file;
    } catch (error) {
      if (error instanceof DepthmeshError) throw error;
      return true;
    }
  }

  #remember(id: string, part: KnownPart): void {
    this.#known.delete(id);
    this.#known.set(id, part);
    if (this.#known.size <= MAX_KNOWN) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  async #removeFile(name: string): Promise<void> {
    await rm(join(this.#folder, name), { force: true });
  }
}
