/** The main thread's side of the pixel loops: one task after another. */
import { Worker } from "node:worker_threads";
import { DepthmeshError } from "../../../core/errors.js";
import type { Size } from "../../../core/geometry/size.js";
import { StallWatch, stallError } from "../../../kit/async/stall-watch.js";
import type { PixelKind, PixelReply, PixelRequest, PixelTasks } from "./protocol.js";

type Task<K extends PixelKind> = PixelTasks[K]["task"];
type Result<K extends PixelKind> = PixelTasks[K]["result"];

interface Waiting {
  readonly budgetMs: number;
  resolve(result: Result<PixelKind>): void;
  reject(error: Error): void;
}

/**
 * What a task may take from when the thread is free for it: many times what the dearest post-processing takes on two busy
 * cores. Nothing here waits for anything, so that only a defect takes longer.
 */
const BUDGET_MS = 60_000;
const BUDGET_MS_PER_MEGAPIXEL = 10_000;

export class PixelThread {
  readonly #thread = new Worker(new URL("./thread.js", import.meta.url));
  /** Replies come in the order of the tasks. */
  readonly #waiting: Waiting[] = [];
  readonly #lost: (why: Error) => void;
  #watch: StallWatch | undefined;

  /** `lost` is told when the thread ends or hangs; it does nothing after that. */
  constructor(lost: (why: Error) => void) {
    this.#lost = lost;
    this.#thread.on("message", (reply: PixelReply) => {
      const task = this.#waiting.shift();
      this.#watchFirst();
      if (reply.error === undefined) task?.resolve(reply.result);
      else {
        task?.reject(new DepthmeshError("INTERNAL", "pixel work failed", { cause: reply.error }));
      }
    });
    this.#thread.on("error", (error) =>
      this.#lose(error instanceof Error ? error : new Error(String(error))),
    );
  }

  prepare(task: Task<"prepare">): Promise<Result<"prepare">> {
    return this.#run("prepare", task, pixelsOf(task.photo));
  }

  interpret(task: Task<"interpret">): Promise<Result<"interpret">> {
    return this.#run("interpret", task, pixelsOf(task.raw, task.blendFor?.photo));
  }

  heuristic(task: Task<"heuristic">): Promise<Result<"heuristic">> {
    return this.#run("heuristic", task, pixelsOf(task.photo));
  }

  /** Post-processing; the signal ends it between two steps, with its reason. */
  async refine(
    task: Omit<Task<"refine">, "cancelled">,
    signal: AbortSignal,
  ): Promise<Result<"refine">> {
    const cancelled = new Int32Array(new SharedArrayBuffer(4));
    const cancel = () => Atomics.store(cancelled, 0, 1);
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const pixels = pixelsOf(task.photo) + task.longSidePixels ** 2;
      return await this.#run("refine", { ...task, cancelled }, pixels);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  async stop(): Promise<void> {
    this.#watch?.end();
    await this.#thread.terminate();
  }

  #run<K extends PixelKind>(kind: K, task: Task<K>, pixels: number): Promise<Result<K>> {
    const budgetMs = BUDGET_MS + (BUDGET_MS_PER_MEGAPIXEL * pixels) / 1e6;
    return new Promise<Result<PixelKind>>((resolve, reject) => {
      this.#waiting.push({ budgetMs, resolve, reject });
      if (this.#waiting.length === 1) this.#watchFirst();
      this.#thread.postMessage({ kind, task } as PixelRequest);
    }) as Promise<Result<K>>;
  }

  #watchFirst(): void {
    this.#watch?.end();
    const [first] = this.#waiting;
    if (!first) return;
    const { budgetMs } = first;
    const stalled = () => this.#lose(stallError("the thread of pixel loops", budgetMs));
    this.#watch = new StallWatch({ stallMs: budgetMs, stalled });
    this.#watch.begin();
  }

  #lose(why: Error): void {
    this.#watch?.end();
    for (const task of this.#waiting.splice(0)) task.reject(why);
    this.#lost(why);
  }
}

function pixelsOf(...sizes: readonly (Size | undefined)[]): number {
  return sizes.reduce((sum, size) => sum + (size ? size.width * size.height : 0), 0);
}
