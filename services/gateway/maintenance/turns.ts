/** Work that one of several gateways does, at most once in a while. */
import type { KvEntry } from "nats";
import { compareAndSet, type KvCells } from "../../../kit/nats/kv.js";

export class Turns {
  readonly #bucket: Pick<KvCells, "get" | "create" | "update">;

  /** The last turn of each task, and since when this process has seen it. */
  readonly #seen = new Map<string, { readonly revision: number; readonly sinceMs: number }>();

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
    if (entry && !this.#isOver(key, entry, everyMs)) return false;
    return (await compareAndSet(this.#bucket, key, "", entry)) !== undefined;
  }

  /** By the clocks of NATS and of this machine; where they differ, by how long it was looked at. */
  #isOver(key: string, { revision, created }: KvEntry, everyMs: number): boolean {
    const nowMs = performance.now();
    const seen = this.#seen.get(key);
    const sinceMs = seen?.revision === revision ? seen.sinceMs : nowMs;
    this.#seen.set(key, { revision, sinceMs });
    return nowMs - sinceMs >= everyMs || Date.now() - created.getTime() >= everyMs;
  }
}
