/**
 * Writes down when each API key was last used: about once a minute, and never while a call waits.
 */
import type { Log } from "../../../kit/log.js";
import type { KeyRing } from "./key-ring.js";
import type { KeyStore } from "./key-store.js";

const WRITE_EVERY_MS = 60_000;
/** How long the end of the process may wait. */
const CLOSE_MS = 1_000;

export class LastUses {
  readonly #store: KeyStore;
  readonly #ring: KeyRing;
  readonly #log: Log;
  /** Unix time of the last use by the key's id, since the last writing. */
  #used = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(store: KeyStore, ring: KeyRing, log: Log, everyMs = WRITE_EVERY_MS) {
    this.#store = store;
    this.#ring = ring;
    this.#log = log;
    this.#timer = setInterval(() => void this.write(), everyMs);
    this.#timer.unref();
  }

  mark(id: string): void {
    this.#used.set(id, Date.now());
  }

  /**
   * Writes the uses since the last time, one after another, for at most `withinMs`. Never rejects.
   */
  async write(withinMs = Number.POSITIVE_INFINITY): Promise<void> {
    const used = this.#used;
    this.#used = new Map();
    const untilMs = performance.now() + withinMs;
    for (const [id, atMs] of used) {
      if (performance.now() > untilMs) return;
      try {
        const written = await this.#store.change(id, (record) =>
          (record.lastUsedAtMs ?? 0) < atMs ? { ...record, lastUsedAtMs: atMs } : undefined,
        );
        if (written) this.#ring.take(id, written);
      } catch (error) {
        // NATS is away: the next use is written when it is back.
        this.#log.debug({ err: error }, "the last uses of API keys were not written");
        return;
      }
    }
  }

  /** Writes what is not written yet, as far as there is time. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.write(CLOSE_MS);
  }
}
