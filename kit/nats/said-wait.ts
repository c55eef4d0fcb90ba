/** Lines in the log about a wait for NATS: soon, and then rarely. */
import type { Log } from "../log.js";

/** The first line about a server that is away. Services may be started beside their server. */
const SAY_AFTER_MS = 1_000;
const SAY_AGAIN_MS = 30_000;
/** Between the lines of two reasons that take turns. */
const SAY_CHANGE_MS = 5_000;

/** Says "waiting for NATS" a second after its creation, when the reason changes, and rarely. */
export class SaidWait {
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  readonly #begunAtMs = performance.now();
  #reason: string;
  #said = "";
  #saidAtMs = Number.NEGATIVE_INFINITY;

  constructor(log: Log, reason: string) {
    this.#log = log;
    this.#reason = reason;
    this.#timer = setInterval(() => this.#tick(), SAY_AFTER_MS);
  }

  set reason(reason: string) {
    this.#reason = reason;
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#said !== "") this.#log.warn("NATS is there");
  }

  #tick(): void {
    const sinceMs = performance.now() - this.#saidAtMs;
    const isDue = sinceMs > (this.#reason === this.#said ? SAY_AGAIN_MS : SAY_CHANGE_MS);
    if (!isDue) return;
    this.#said = this.#reason;
    this.#saidAtMs = performance.now();
    const seconds = Math.round((this.#saidAtMs - this.#begunAtMs) / 1_000);
    this.#log.warn({ seconds }, `waiting for NATS: ${this.#reason}`);
  }
}
