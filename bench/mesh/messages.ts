/** Messages between the mesh bench and its child processes, and both ends of that exchange. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Stage } from "../../pipeline/stages.js";

/** The default lease of the services. */
export const BENCH_LEASE_MS = 30_000;

/** To the process that accepts jobs: accept a series of jobs. */
export type AcceptRequest =
  /** `inFlight` jobs are always accepted and not ended. */
  | { readonly kind: "burst"; readonly jobs: number; readonly inFlight: number }
  /** `perSecond` jobs per second, however many are in flight. */
  | { readonly kind: "steady"; readonly jobs: number; readonly perSecond: number }
  /** Each job at its moment, in seconds from now on, in the order of time. */
  | { readonly kind: "times"; readonly atSeconds: readonly number[] };

/** The answer, when the last job of the series has succeeded. */
export interface AcceptResult {
  /** From the acceptance of the first job to the end of the last one. */
  readonly seconds: number;
  /** Of `times`, for each job: from its moment to its end. */
  readonly latenciesSeconds?: readonly number[];
}

/** How the stub stages work. */
export interface StubOptions {
  readonly seed: number;
  readonly slots: Readonly<Record<Stage, number>>;
  /** Means of exponential times that an order is held before its commit; render: before encode. */
  readonly meanSeconds: Readonly<Record<Stage, number>>;
}

/** From the process of the stub stages: when a handler started, by `nowMs`. */
export interface HandlerStart {
  readonly stage: Stage;
  readonly orderId: string;
  readonly atMs: number;
}

/** Milliseconds of the monotonic clock, which all processes of the machine share. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** A child process that answers one request at a time. */
export class BenchProcess<Request extends object, Response> {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts a script of this folder and waits until it is ready. */
  static async start<Request extends object, Response>(
    script: string,
    args: readonly string[],
  ): Promise<BenchProcess<Request, Response>> {
    const child = fork(fileURLToPath(new URL(script, import.meta.url)), args);
    const started = new BenchProcess<Request, Response>(child);
    await started.#next();
    return started;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Throws when the process ends instead of answering. */
  async ask(request: Request): Promise<Response> {
    const answer = this.#next();
    this.#child.send(request);
    return (await answer) as Response;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }

  async #next(): Promise<unknown> {
    const stop = new AbortController();
    const died = once(this.#child, "exit", { signal: stop.signal }).then(([code]) => {
      throw new Error(`a process of the bench ended with code ${code}`);
    });
    died.catch(() => {});
    try {
      const [answer] = await Promise.race([once(this.#child, "message", stop), died]);
      return answer;
    } finally {
      stop.abort();
    }
  }
}

/**
 * The child's side: answers each request and exits with the parent. A request that fails ends the
 * process.
 */
export function serveBench<Request>(
  answer: (request: Request) => Promise<unknown>,
  close: () => Promise<void>,
): void {
  process.on("message", (request) => {
    answer(request as Request).then(
      (response) => process.send?.(response),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
        process.exit(1);
      },
    );
  });
  process.once("disconnect", () => void close().finally(() => process.exit()));
  process.send?.("ready");
}
