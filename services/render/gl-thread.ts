/**
 * The main thread's side of the GL thread: commands as promises, and the moment at which it is
 * lost.
 */
import { Worker } from "node:worker_threads";
import { DepthmeshError } from "../../core/errors.js";
import type { GlLimits } from "./gl/driver.js";
import type { GlAnswer, GlCommand, GlReply, GlRequest } from "./gl/protocol.js";

/** A context takes a fraction of a second; a driver that hangs takes for ever. */
const START_BUDGET_MS = 30_000;

interface Pending {
  resolve(answer: GlAnswer): void;
  reject(error: Error): void;
  readonly budgetMs: number;
}

export class GlThread {
  readonly #thread: Worker;
  readonly #onLost: (why: Error) => void;
  /** In the order in which the thread works on them. */
  readonly #pending = new Map<number, Pending>();
  #watchdog: NodeJS.Timeout | undefined;
  #lastId = 0;
  #loss: DepthmeshError | undefined;

  private constructor(onLost: (why: Error) => void) {
    this.#onLost = onLost;
    this.#thread = new Worker(new URL("./gl/thread.js", import.meta.url));
    this.#thread.on("message", (reply: GlReply) => this.#settle(reply));
    this.#thread.on("error", (error) => this.#lose(messageOf(error), error));
    this.#thread.on("exit", (code) => this.#lose(`the GL thread ended with code ${code}`));
  }

  /**
   * Start it and wait for its context. Rejects with RENDERER_LOST; `onLost` is told of what happens
   * later.
   */
  static async start(
    onLost: (why: Error) => void,
  ): Promise<{ thread: GlThread; limits: GlLimits }> {
    let started = false;
    const thread = new GlThread((why) => {
      if (started) onLost(why);
    });
    const limits = (await thread.#answer(0, START_BUDGET_MS)) as GlLimits;
    started = true;
    return { thread, limits };
  }

  /**
   * Have a command done after those before it. One that takes longer than its budget, from when the
   * thread is free for it, means that the driver hangs: the thread counts as lost. Rejects with
   * RENDERER_LOST or GPU_OUT_OF_MEMORY.
   */
  call(command: GlCommand, budgetMs: number): Promise<GlAnswer> {
    if (this.#loss) return Promise.reject(this.#loss);
    const id = ++this.#lastId;
    this.#thread.postMessage({ id, command } satisfies GlRequest);
    return this.#answer(id, budgetMs);
  }

  /** End it. Never resolves while the driver hangs. */
  async stop(): Promise<void> {
    clearTimeout(this.#watchdog);
    this.#loss ??= new DepthmeshError("RENDERER_LOST", "the GL thread was stopped");
    await this.#thread.terminate();
  }

  #answer(id: number, budgetMs: number): Promise<GlAnswer> {
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, budgetMs });
      if (this.#pending.size === 1) this.#watch(id, budgetMs);
    });
  }

  #settle({ id, answer, error }: GlReply): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    const [next] = this.#pending;
    clearTimeout(this.#watchdog);
    if (next) this.#watch(next[0], next[1].budgetMs);
    if (error) pending?.reject(new DepthmeshError(error.reason, error.message));
    else pending?.resolve(answer);
  }

  #watch(id: number, budgetMs: number): void {
    this.#watchdog = setTimeout(() => {
      // Where this thread itself was stopped the answer may be waiting behind the timer: it is let
      // in first.
      setImmediate(() => {
        if (!this.#pending.has(id)) return;
        this.#lose(`the driver did not answer within ${Math.round(budgetMs)} ms`);
      });
    }, budgetMs);
  }

  #lose(why: string, cause?: unknown): void {
    if (this.#loss) return;
    clearTimeout(this.#watchdog);
    this.#loss = new DepthmeshError("RENDERER_LOST", why, { cause });
    for (const pending of this.#pending.values()) pending.reject(this.#loss);
    this.#pending.clear();
    this.#onLost(this.#loss);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
