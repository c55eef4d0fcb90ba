/** What the bench and its processes say to one another. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Stage } from "../../pipeline/stages.js";

/** To the accepting process: a run of jobs. */
export type AcceptRequest =
  /** `jobs` of them, always `inFlight` accepted and not ended. */
  | { readonly kind: "burst"; readonly jobs: number; readonly inFlight: number }
  /** One every 1 / `perSecond`, however many are under way. */
  | { readonly kind: "steady"; readonly jobs: number; readonly perSecond: number };

/** Its answer, when the last job of the run has succeeded. */
export interface AcceptResult {
  /** From the first job's acceptance to the last one's end. */
  readonly seconds: number;
}

/** From the process of the stages: when the handlers of a run began, by `nowMs`. */
export interface HandlerStart {
  readonly stage: Stage;
  readonly orderId: string;
  readonly atMs: number;
}

/** Milliseconds of the machine's monotonic clock: comparable between processes. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** A process of this bench that answers requests one after another. */
export class BenchProcess<Request extends object, Response> {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Start a script beside this one and wait until it is ready. */
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

/** The other side: answer each request, and leave with the parent. A failed answer is the end of the process. */
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

export const BENCH_LEASE_MS = 30_000;
