/**
 * Reads every message of a stream of a NATS cluster in order, from the stream's leader. Unlike a
 * consumer, nothing of it lives on a server that may be killed; a server that does not answer is
 * left for the next one.
 */
import type { NatsConnection } from "nats";
import { pause } from "../../kit/async/delay.js";
import type { FollowOptions } from "./stream-follower.js";

const POLL_MS = 15;
const ASK_MS = 1_000;
const NOT_FOUND = 404;
/** How often the end of a stream is compared with what was read. */
const CHECK_MS = 1_000;
/**
 * A stream that ends before what was read for so long has lost it: a server that was cut off or has
 * just become the leader may be behind until then.
 */
const LOST_AFTER_MS = 20_000;

/** An answer of STREAM.MSG.GET. */
interface Answer {
  readonly error?: { readonly code: number };
  readonly message?: {
    readonly subject: string;
    readonly seq: number;
    /** In base64, as the data. */
    readonly hdrs?: string;
    readonly data?: string;
  };
}

export class PolledStream {
  readonly #connections: readonly NatsConnection[];
  readonly #options: FollowOptions;
  #last = 0;
  #turn = 0;
  #closed = false;
  #checkedAtMs = 0;
  #behindSinceMs: number | undefined;

  private constructor(connections: readonly NatsConnection[], options: FollowOptions) {
    this.#connections = connections;
    this.#options = options;
  }

  /** `connections`: one to each server, of a user that may read the stream. */
  static start(connections: readonly NatsConnection[], options: FollowOptions): PolledStream {
    const stream = new PolledStream(connections, options);
    void stream.#run();
    return stream;
  }

  close(): void {
    this.#closed = true;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        const isNew = await this.#next();
        if (isNew) continue;
        await this.#checkEnd();
      } catch {
        this.#turn += 1;
      }
      await pause(POLL_MS);
    }
  }

  /** Whether there was one more. Throws if no server answers. */
  async #next(): Promise<boolean> {
    const { stream, subject, onMessage } = this.#options;
    const query = { seq: this.#last + 1, next_by_subj: subject };
    const { error, message } = await this.#ask<Answer>(`STREAM.MSG.GET.${stream}`, query);
    if (error?.code === NOT_FOUND) return false;
    if (!message) throw new Error(`code ${error?.code}`);
    const { seq } = message;
    if (seq <= this.#last || this.#closed) return false;
    this.#last = seq;
    const headers = Buffer.from(message.hdrs ?? "", "base64").toString();
    onMessage({
      seq,
      subject: message.subject,
      headers: { get: (name) => headerIn(headers, name) },
      json: <T>() => JSON.parse(Buffer.from(message.data ?? "", "base64").toString()) as T,
    });
    return true;
  }

  async #checkEnd(): Promise<void> {
    const nowMs = Date.now();
    if (nowMs - this.#checkedAtMs < CHECK_MS) return;
    this.#checkedAtMs = nowMs;
    const answer = await this.#ask<{ state?: { last_seq: number } }>(
      `STREAM.INFO.${this.#options.stream}`,
      {},
    );
    const last = answer.state?.last_seq ?? this.#last;
    if (last >= this.#last) this.#behindSinceMs = undefined;
    else {
      this.#behindSinceMs ??= nowMs;
      if (nowMs - this.#behindSinceMs < LOST_AFTER_MS) return;
      this.#behindSinceMs = undefined;
      this.#last = last;
      this.#options.onRollback(last);
    }
  }

  async #ask<T>(what: string, query: object): Promise<T> {
    const connection = this.#connections[this.#turn % this.#connections.length];
    if (!connection) throw new RangeError("no connection");
    const payload = JSON.stringify(query);
    const answer = await connection.request(`$JS.API.${what}`, payload, { timeout: ASK_MS });
    return answer.json<T>();
  }
}

function headerIn(headers: string, name: string): string {
  const line = headers.split("\r\n").find((each) => each.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim() ?? "";
}
