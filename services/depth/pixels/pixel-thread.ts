/** The main thread's side of the pixel loops: one task after another. */
import { Worker } from "node:worker_threads";
import type { DisparityMap } from "../../../core/depthmap/post-processing.js";
import { DepthmeshError } from "../../../kit/errors.js";
import type {
  PixelReply,
  PixelResult,
  PixelTask,
  Prepared,
  Refined,
  RefineTask,
} from "./protocol.js";

type TaskInput<K extends PixelTask["kind"]> = Omit<Extract<PixelTask, { kind: K }>, "kind">;

interface Waiting {
  resolve(result: PixelResult): void;
  reject(error: Error): void;
}

export class PixelThread {
  readonly #thread = new Worker(new URL("./thread.js", import.meta.url));
  /** Replies come in the order of the tasks. */
  readonly #waiting: Waiting[] = [];

  constructor(lost: (why: Error) => void) {
    this.#thread.on("message", ({ result, error }: PixelReply) => {
      const task = this.#waiting.shift();
      if (result) task?.resolve(result);
      else task?.reject(new DepthmeshError("INTERNAL", "pixel work failed", { cause: error }));
    });
    this.#thread.on("error", (error) => {
      for (const task of this.#waiting.splice(0)) task.reject(error);
      lost(error);
    });
  }

  prepare(task: TaskInput<"prepare">): Promise<Prepared> {
    return this.#run({ kind: "prepare", ...task }) as Promise<Prepared>;
  }

  average(task: TaskInput<"average">): Promise<DisparityMap> {
    return this.#run({ kind: "average", ...task }) as Promise<DisparityMap>;
  }

  /** Post-processing; the signal ends it between two steps, with its reason. */
  async refine(
    task: Omit<RefineTask, "kind" | "cancelled">,
    signal?: AbortSignal,
  ): Promise<Refined> {
    const cancelled = new Int32Array(new SharedArrayBuffer(4));
    const cancel = () => Atomics.store(cancelled, 0, 1);
    if (signal?.aborted) cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      return (await this.#run({ kind: "refine", ...task, cancelled })) as Refined;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  async stop(): Promise<void> {
    await this.#thread.terminate();
  }

  #run(task: PixelTask): Promise<PixelResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#thread.postMessage(task);
    });
  }
}
