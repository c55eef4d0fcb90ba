/** A key-value bucket in memory, for tests of what is changed by compare-and-set. */
import assert from "node:assert/strict";
import { type KvEntry, NatsError } from "nats";
import type { RemovableCells } from "../../kit/nats/kv.js";

const WRONG_LAST_SEQUENCE = 10071;

export class MemoryBucket implements RemovableCells {
  readonly #entries = new Map<string, KvEntry>();
  #revision = 0;
  /** Every write, for tests that count them. */
  writes = 0;

  async get(key: string): Promise<KvEntry | null> {
    return this.#entries.get(key) ?? null;
  }

  async create(key: string, value: string | Uint8Array): Promise<number> {
    if (this.#entries.has(key)) throw conflict();
    return this.#write(key, value);
  }

  async update(key: string, value: string | Uint8Array, revision: number): Promise<number> {
    assert.ok(revision > 0, "nats.js updates existing entries only");
    if (this.#entries.get(key)?.revision !== revision) throw conflict();
    return this.#write(key, value);
  }

  async put(key: string, value: string | Uint8Array): Promise<number> {
    return this.#write(key, value);
  }

  async delete(key: string, { previousSeq }: { previousSeq?: number } = {}): Promise<void> {
    const { revision } = this.#entries.get(key) ?? {};
    if (previousSeq !== undefined && revision !== previousSeq) throw conflict();
    this.writes += 1;
    this.#revision += 1;
    this.#entries.delete(key);
  }

  #write(key: string, value: string | Uint8Array): number {
    const bytes = Buffer.from(value as string);
    this.writes += 1;
    this.#revision += 1;
    this.#entries.set(key, {
      ...{ bucket: "memory", key, value: bytes, created: new Date(), revision: this.#revision },
      ...{ operation: "PUT", length: bytes.length },
      json: <T>() => JSON.parse(bytes.toString()) as T,
      string: () => bytes.toString(),
    });
    return this.#revision;
  }
}

/** As the server refuses a write whose key has changed. */
function conflict(): NatsError {
  const error = new NatsError("wrong last sequence", "400");
  error.api_error = { code: 400, err_code: WRONG_LAST_SEQUENCE, description: error.message };
  return error;
}
