/** Work that one of several gateways does, at most once in a while. */
import { compareAndSet, type KvCells } from "../../../kit/nats/kv.js";

export class Turns {
  readonly #bucket: Pick<KvCells, "get" | "create" | "update">;

  constructor(bucket: Pick<KvCells, "get" | "create" | "update">) {
    this.#bucket = bucket;
  }

  /**
   * Whether this gateway does the work now: no gateway has taken a turn within `everyMs`. One that
   * dies in its turn is followed by the next. Throws BUS_UNAVAILABLE.
   */
  async take(task: string, everyMs: number): Promise<boolean> {
    const key = `turn.${task}`;
    const entry = await this.#bucket.get(key);
    if (entry && Date.now() - entry.created.getTime() < everyMs) return false;
    return (await compareAndSet(this.#bucket, key, "", entry)) !== undefined;
  }
}
