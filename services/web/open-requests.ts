/** The requests that are answered now: how a service that stops waits for them, or ends them. */
import type { FastifyInstance } from "fastify";
import { DepthmeshError } from "../../core/errors.js";
import { sharedController } from "../../kit/async/abort.js";
import { Condition } from "../../kit/async/condition.js";
import { withDeadline } from "../../kit/async/deadline.js";

export class OpenRequests {
  readonly #endless = sharedController();
  readonly #ended = new Condition();
  #isDraining = false;
  #open = 0;

  /** Requests without an answer, or whose answer is still being sent. */
  get open(): number {
    return this.#open;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /**
   * Fires, with DRAINING as its reason, when answers that have no end of their own must end: events
   * of a job, a video that is still being made.
   */
  get endless(): AbortSignal {
    return this.#endless.signal;
  }

  /** Counts the requests of `app`, and refuses new ones with DRAINING while it drains. */
  follow(app: FastifyInstance): void {
    app.addHook("onRequest", async ({ url }, reply) => {
      this.#open += 1;
      // Also of a connection that breaks; `onResponse` would miss it.
      reply.raw.once("close", () => {
        this.#open -= 1;
        this.#ended.notifyAll();
      });
      // Whoever asks for its health is told by the answer.
      if (!this.#isDraining || url.startsWith("/health/")) return;
      reply.header("connection", "close");
      throw shuttingDown();
    });
  }

  /** Ends the answers that have no end of their own. */
  endEndless(): void {
    this.#endless.abort(shuttingDown());
  }

  /** Refuses new requests; resolves when no request is open, or after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    const over = new Error("requests are still open");
    await withDeadline(this.#untilNone(), graceMs, () => over).catch((error) => {
      if (error !== over) throw error;
    });
  }

  async #untilNone(): Promise<void> {
    while (this.#open > 0) await this.#ended.wait();
  }
}

/** What a new request gets while the service drains. */
export function shuttingDown(): DepthmeshError {
  return new DepthmeshError("DRAINING", "the web service is shutting down");
}
