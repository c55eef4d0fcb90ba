/** Reads and changes the records of API keys, by compare-and-set. */
import type { KV } from "nats";
import { DepthmeshError } from "../../../core/errors.js";
import { unlessChanged } from "../../../kit/nats/bus-errors.js";
import { type KeyRecord, readKeyRecord, writeKeyRecord } from "./key-record.js";

/** A record with the revision that it was read at, or written as. */
export interface VersionedKey {
  readonly record: KeyRecord;
  readonly revision: number;
}

/** Every method throws BUS_UNAVAILABLE while NATS is away. */
export class KeyStore {
  readonly #bucket: KV;

  constructor(bucket: KV) {
    this.#bucket = bucket;
  }

  /** Undefined if there is a key of this id. */
  async create(id: string, record: KeyRecord): Promise<VersionedKey | undefined> {
    return this.#write(record, (text) => this.#bucket.create(id, text));
  }

  /** Undefined if there is no key of this id, or its entry cannot be read. */
  async read(id: string): Promise<VersionedKey | undefined> {
    const entry = await this.#bucket.get(id);
    if (entry?.operation !== "PUT") return undefined;
    try {
      return { record: readKeyRecord(entry.value), revision: entry.revision };
    } catch {
      return undefined;
    }
  }

  /**
   * Changes the record, again if another process changes it meanwhile. `change` returns undefined
   * where nothing is to be changed. Returns the key as it is then; undefined if there is none.
   */
  async change(
    id: string,
    change: (record: KeyRecord) => KeyRecord | undefined,
  ): Promise<VersionedKey | undefined> {
    for (;;) {
      const found = await this.read(id);
      const next = found && change(found.record);
      if (!found || !next) return found;
      const written = await this.#write(next, (text) =>
        this.#bucket.update(id, text, found.revision),
      );
      if (written) return written;
    }
  }

  async #write(
    record: KeyRecord,
    write: (text: string) => Promise<number>,
  ): Promise<VersionedKey | undefined> {
    const revision = await unlessChanged(() => write(writeKeyRecord(record)));
    return revision === undefined ? undefined : { record, revision };
  }
}

/** The same text for a key of another form and for one that does not exist. */
export function keyNotFound(name: string): DepthmeshError {
  const message = "there is no API key of this name; `depthmesh keys ls` lists them";
  return new DepthmeshError("API_KEY_NOT_FOUND", message, { metadata: { name } });
}
