/** Job records in JetStream KV, changed by compare-and-set only. */
import { type KV, type KvEntry, NatsError } from "nats";
import type { Bus } from "../bus/connect.js";
import { watchKv } from "../bus/kv-watch.js";
import { DepthmeshError } from "../errors.js";
import type { JobRecord } from "./record.js";

const WRONG_LAST_SEQUENCE = 10071;
const NO_NOTES = { notes: [] };
/** More conflicts in a row than this mean a defect, not contention. */
const MAX_CONFLICTS = 50;

export interface Versioned {
  readonly record: JobRecord;
  readonly revision: number;
}

export class JobStore {
  readonly #bucket: KV;
  readonly #bus: Bus;

  constructor(bucket: KV, bus: Bus) {
    this.#bucket = bucket;
    this.#bus = bus;
  }

  /** Store a new record. Returns false when one of this id exists. */
  async create(record: JobRecord): Promise<boolean> {
    try {
      await this.#bucket.create(record.id, JSON.stringify(record));
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      throw busError(error);
    }
  }

  async read(id: string): Promise<Versioned | undefined> {
    try {
      const entry = await this.#bucket.get(id);
      return entry ? decode(entry) : undefined;
    } catch (error) {
      throw busError(error);
    }
  }

  /**
   * Change a record: `change` sees the newest one and returns its successor, or undefined to leave it. On a conflict it
   * is asked again, so it must be pure. Returns the record that stands afterwards. Throws JOB_NOT_FOUND.
   */
  async update(
    id: string,
    change: (record: JobRecord) => JobRecord | undefined,
  ): Promise<{ record: JobRecord; changed: boolean }> {
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const current = await this.read(id);
      if (!current) throw jobNotFound(id);
      const next = change(current.record);
      if (!next) return { record: current.record, changed: false };
      try {
        await this.#bucket.update(id, JSON.stringify(next), current.revision);
        return { record: next, changed: true };
      } catch (error) {
        if (!isConflict(error)) throw busError(error);
      }
    }
    throw new DepthmeshError("BUS_UNAVAILABLE", "the job record is too contended");
  }

  /** Remove a record that was never answered for. */
  async remove(id: string): Promise<void> {
    await this.#bucket.purge(id);
  }

  /** The record now and after each change, also across an absence of NATS, until the signal fires. */
  async *watch(id: string, signal: AbortSignal): AsyncGenerator<JobRecord> {
    const options = { bus: this.#bus, bucket: this.#bucket, key: id };
    for await (const change of watchKv(options, signal)) {
      if (change.kind === "entry" && change.entry.operation === "PUT") {
        yield decode(change.entry).record;
      }
    }
  }

  /** The ids of all jobs, newest first. */
  async ids(): Promise<string[]> {
    const ids: string[] = [];
    for await (const key of await this.#bucket.keys()) ids.push(key);
    return ids.sort().reverse();
  }
}

function decode(entry: KvEntry): Versioned {
  // Records of before there were notes have none.
  return { record: { ...NO_NOTES, ...entry.json<JobRecord>() }, revision: entry.revision };
}

function isConflict(error: unknown): boolean {
  return error instanceof NatsError && error.api_error?.err_code === WRONG_LAST_SEQUENCE;
}

function busError(error: unknown): DepthmeshError {
  return new DepthmeshError("BUS_UNAVAILABLE", "NATS did not answer", { cause: error });
}

export function jobNotFound(id: string): DepthmeshError {
  return new DepthmeshError("JOB_NOT_FOUND", "there is no such job", { metadata: { job: id } });
}
