/**
 * Slows connections that do nothing but guess: where call after call is refused for its
 * credentials, further ones wait before anything is done for them. A call that waits here costs a
 * stream of HTTP/2 only, so that a flood of wrong keys gets no more than its wait allows.
 */
import type { Http2Session, ServerHttp2Stream } from "node:http2";
import { status } from "@grpc/grpc-js";

export interface RefusalLimits {
  /** Refusals of a connection, one after another, after which its calls wait. */
  readonly free: number;
  /** The mean: half of it to one and a half, so that those who came together do not go together. */
  readonly waitMs: number;
  /** So long after a good call nobody on the connection waits: proxies share one among callers. */
  readonly trustMs: number;
  /** Calls that wait at once. Above it, the connection that sends another one is closed. */
  readonly waiting: number;
}

export const REFUSAL_LIMITS: RefusalLimits = {
  ...{ free: 32, waitMs: 2_000, trustMs: 60_000, waiting: 2_048 },
};

interface History {
  refusals: number;
  goodUntilMs: number;
}

export class RefusedConnections {
  readonly #limits: RefusalLimits;
  readonly #histories = new WeakMap<Http2Session, History>();
  #waiting = 0;

  constructor(limits: Partial<RefusalLimits> = {}) {
    this.#limits = { ...REFUSAL_LIMITS, ...limits };
  }

  /** Calls `handle` now or later; never, if the call has ended by then. */
  pass(stream: ServerHttp2Stream, handle: () => void): void {
    const { session } = stream;
    if (!session) return;
    const history = this.#historyOf(session);
    stream.once("close", () => this.#learn(history, stream));
    const { free, waitMs, waiting } = this.#limits;
    if (history.refusals < free || performance.now() < history.goodUntilMs) {
      handle();
      return;
    }
    if (this.#waiting >= waiting) {
      session.destroy();
      return;
    }
    stream.on("error", () => {
      // The caller has gone, and grpc-js does not listen yet.
    });
    this.#waiting += 1;
    const leave = () => {
      clearTimeout(timer);
      stream.off("close", leave);
      this.#waiting -= 1;
    };
    const timer = setTimeout(() => {
      leave();
      handle();
    }, waitOf(waitMs));
    timer.unref();
    stream.once("close", leave);
  }

  #historyOf(session: Http2Session): History {
    const known = this.#histories.get(session);
    if (known) return known;
    const history: History = { refusals: 0, goodUntilMs: 0 };
    this.#histories.set(session, history);
    return history;
  }

  #learn(history: History, { sentHeaders, sentTrailers }: ServerHttp2Stream): void {
    const code = sentTrailers?.["grpc-status"] ?? sentHeaders?.["grpc-status"];
    // A call that its caller has ended tells nothing.
    if (code === undefined) return;
    if (Number(code) === status.UNAUTHENTICATED) {
      history.refusals += 1;
      return;
    }
    history.refusals = 0;
    history.goodUntilMs = performance.now() + this.#limits.trustMs;
  }
}

const waitOf = (meanMs: number) => meanMs * (0.5 + Math.random());
