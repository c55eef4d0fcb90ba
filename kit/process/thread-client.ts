/**
 * Requests to a worker thread as promises. Both sides share one type that names each kind of
 * request with its result; the thread works on the requests one after another, in their order.
 */
import { parentPort, type Transferable, Worker } from "node:worker_threads";
import type { Reason } from "../../core/error-reasons.js";
import { DepthmeshError } from "../../core/errors.js";
import { StallWatch, stallError } from "../async/stall-watch.js";

/** For example `interface PixelCalls { blur: { request: Image; result: Image } }`. */
type Calls<C> = { [K in keyof C]: { request: unknown; result: unknown } };

interface ThreadRequest {
  readonly kind: PropertyKey;
  readonly request: unknown;
}

type ThreadReply =
  | { readonly result: unknown; readonly error?: undefined }
  | { readonly error: { readonly message: string; readonly reason?: Reason } };

export interface ThreadClientOptions {
  /** Name of the thread in error messages: "the GL thread". */
  readonly name: string;
  /** Called once when the thread has ended or hangs without having been stopped. */
  readonly onLost?: (why: Error) => void;
  /**
   * Makes the error of a lost thread, for `onLost` and for all requests; `why` itself by default.
   */
  readonly lossError?: (why: Error) => Error;
}

export interface AskOptions {
  /**
   * How long the request may take, from the moment at which the thread is free for it. A thread
   * that takes longer hangs and counts as lost. No limit by default.
   */
  readonly budgetMs?: number;
  /** Buffers that are moved to the thread instead of being copied. */
  readonly transfer?: readonly Transferable[];
}

interface Pending {
  readonly budgetMs: number | undefined;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The asking side. It keeps the process alive only while a request is pending. */
export class ThreadClient<C extends Calls<C>> {
  readonly #thread: Worker;
  readonly #options: ThreadClientOptions;
  /** Replies come in the order of the requests. */
  readonly #pending: Pending[] = [];
  #watch: StallWatch | undefined;
  #loss: Error | undefined;

  constructor(file: URL, options: ThreadClientOptions) {
    this.#options = options;
    this.#thread = new Worker(file);
    this.#thread.on("message", (reply: ThreadReply) => this.#settle(reply));
    this.#thread.on("error", (error) => this.#lose(asError(error)));
    this.#thread.on("exit", (code) =>
      this.#lose(new Error(`${options.name} ended with code ${code}`)),
    );
    this.#thread.unref();
  }

  /**
   * The result of one request. Rejects with the thread's error: a DepthmeshError keeps its reason,
   * message and nothing else. Rejects with the loss when the thread is lost or stopped.
   */
  ask<K extends keyof C>(
    kind: K,
    request: C[K]["request"],
    { budgetMs, transfer = [] }: AskOptions = {},
  ): Promise<C[K]["result"]> {
    return new Promise((resolve, reject) => {
      if (this.#loss) return reject(this.#loss);
      // First, because it throws for what cannot be cloned: such a request gets no reply.
      this.#thread.postMessage({ kind, request } satisfies ThreadRequest, transfer);
      this.#pending.push({ budgetMs, resolve, reject });
      if (this.#pending.length === 1) this.#watchFirst();
      this.#thread.ref();
    });
  }

  /**
   * Ends the thread; pending requests are rejected. Never resolves while native code hangs in it.
   */
  async stop(): Promise<void> {
    this.#reject(this.#lossOf(new Error(`${this.#options.name} was stopped`)));
    await this.#thread.terminate();
  }

  #settle(reply: ThreadReply): void {
    const pending = this.#pending.shift();
    if (this.#pending.length === 0) this.#thread.unref();
    this.#watchFirst();
    if (reply.error) {
      const { reason, message } = reply.error;
      pending?.reject(reason ? new DepthmeshError(reason, message) : new Error(message));
    } else pending?.resolve(reply.result);
  }

  #watchFirst(): void {
    this.#watch?.end();
    const budgetMs = this.#pending[0]?.budgetMs;
    if (budgetMs === undefined) return;
    const stalled = () => this.#lose(stallError(this.#options.name, Math.round(budgetMs)));
    this.#watch = new StallWatch({ stallMs: budgetMs, stalled });
    this.#watch.begin();
  }

  #lose(why: Error): void {
    if (this.#loss) return;
    const loss = this.#lossOf(why);
    this.#reject(loss);
    this.#options.onLost?.(loss);
  }

  #lossOf(why: Error): Error {
    return this.#options.lossError?.(why) ?? why;
  }

  #reject(loss: Error): void {
    this.#watch?.end();
    this.#loss ??= loss;
    for (const pending of this.#pending.splice(0)) pending.reject(this.#loss);
  }
}

/** What a handler may return; one whose result is undefined need not return anything. */
// biome-ignore lint/suspicious/noConfusingVoidType: it stands for the return type of a function
type Returned<R> = R | (undefined extends R ? void : never);

export type ThreadHandlers<C extends Calls<C>> = {
  readonly [K in keyof C]: (
    request: C[K]["request"],
  ) => Returned<C[K]["result"]> | Promise<Returned<C[K]["result"]>>;
};

/**
 * The answering side: call it once, in the thread. An error for which `isFatal` is true ends the
 * thread instead of being a reply.
 */
export function answerRequests<C extends Calls<C>>(
  handlers: ThreadHandlers<C>,
  isFatal: (error: unknown) => boolean = () => false,
): void {
  const port = parentPort;
  if (!port) throw new Error("this file runs as a worker thread");
  const answer = async ({ kind, request }: ThreadRequest) => {
    let reply: ThreadReply;
    try {
      reply = { result: await handlers[kind as keyof C](request) };
    } catch (error) {
      // Rejects the chain below: as an unhandled rejection this ends the thread.
      if (isFatal(error)) throw error;
      const { message } = asError(error);
      reply = {
        error: error instanceof DepthmeshError ? { message, reason: error.reason } : { message },
      };
    }
    port.postMessage(reply);
  };
  let last: Promise<void> = Promise.resolve();
  port.on("message", (request: ThreadRequest) => {
    last = last.then(() => answer(request));
  });
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
