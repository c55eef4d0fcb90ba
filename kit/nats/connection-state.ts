/** Whether NATS is reachable, told as it changes: what needs it now is refused at once, what can wait is woken. */
import { ErrorCode, Events, type NatsConnection, NatsError } from "nats";
import { DepthmeshError } from "../../core/errors.js";
import type { Log } from "../log.js";

export class ConnectionState {
  #isUp = true;
  readonly #waiting = new Set<(error: NatsError) => void>();
  readonly #returnListeners = new Set<() => void>();

  constructor(connection: NatsConnection, log: Log) {
    void this.#follow(connection, log);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Throws BUS_UNAVAILABLE while the server is away. */
  assertUp(): void {
    if (!this.#isUp) throw new DepthmeshError("BUS_UNAVAILABLE", "NATS is away");
  }

  /** Call `listener` after each return of the server, until the function that comes back is called. */
  onReturn(listener: () => void): () => void {
    this.#returnListeners.add(listener);
    return () => this.#returnListeners.delete(listener);
  }

  /** Resolves when the server is reachable, at once where it is; also when the signal fires. Never rejects. */
  untilUp(signal: AbortSignal): Promise<void> {
    if (this.#isUp || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        forget();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const forget = this.onReturn(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  /** What `work` gives, unless the server is away, or goes before the answer: then it rejects with DISCONNECT. */
  async whileUp<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#isUp) throw disconnected();
    let lose: (error: NatsError) => void = () => {};
    const lost = new Promise<never>((_resolve, reject) => {
      lose = reject;
    });
    this.#waiting.add(lose);
    try {
      return await Promise.race([work(), lost]);
    } finally {
      this.#waiting.delete(lose);
    }
  }

  async #follow(connection: NatsConnection, log: Log): Promise<void> {
    for await (const { type, data } of connection.status()) {
      if (type === Events.Disconnect) {
        this.#isUp = false;
        log.warn("NATS is away");
        for (const lose of this.#waiting) lose(disconnected());
      } else if (type === Events.Reconnect) {
        this.#isUp = true;
        log.warn("NATS is back");
        for (const listener of [...this.#returnListeners]) listener();
      } else if (type === Events.Error) {
        log.warn({ code: data }, "NATS refuses");
      }
    }
  }
}

function disconnected(): NatsError {
  return new NatsError("NATS is away", ErrorCode.Disconnect);
}
