/** The bucket with the records of uploads. They change by compare-and-set only. */
import { unlessChanged } from "../../../kit/nats/bus-errors.js";
import type { RemovableCells } from "../../../kit/nats/kv.js";
import {
  isExpired,
  parseUploadRecord,
  type UploadRecord,
  uploadNotFound,
} from "./upload-record.js";

export interface VersionedUpload {
  readonly record: UploadRecord;
  readonly revision: number;
}

export class UploadRecords {
  readonly #bucket: RemovableCells;

  constructor(bucket: RemovableCells) {
    this.#bucket = bucket;
  }

  /** False if there is a record of this id already. Throws BUS_UNAVAILABLE, as all methods do. */
  async create(record: UploadRecord): Promise<boolean> {
    const revision = await unlessChanged(() =>
      this.#bucket.create(record.id, JSON.stringify(record)),
    );
    return revision !== undefined;
  }

  /** Undefined if there is none. An expired one is there until it is removed. */
  async read(id: string): Promise<VersionedUpload | undefined> {
    const entry = await this.#bucket.get(id);
    if (entry?.operation !== "PUT") return undefined;
    return { record: parseUploadRecord(entry.string()), revision: entry.revision };
  }

  /**
   * The upload of a tenant. Throws UPLOAD_NOT_FOUND for what does not exist, has expired or belongs
   * to another tenant: a caller cannot tell them apart.
   */
  async of(tenant: string, id: string): Promise<VersionedUpload> {
    const found = await this.read(id);
    if (found?.record.tenant !== tenant || isExpired(found.record, Date.now())) {
      throw uploadNotFound(id);
    }
    return found;
  }

  /** The new revision; undefined if the record has changed since `revision`, or is gone. */
  replace(record: UploadRecord, revision: number): Promise<number | undefined> {
    return unlessChanged(() => this.#bucket.update(record.id, JSON.stringify(record), revision));
  }

  /** False if the record has changed since `revision`. */
  async remove(id: string, revision: number): Promise<boolean> {
    const removed = await unlessChanged(async () => {
      await this.#bucket.delete(id, { previousSeq: revision });
      return true;
    });
    return removed ?? false;
  }
}
