/** The main thread's side of the pixel loops: one task after another. */
import { Worker } from "node:worker_threads";
import { DepthmeshError } from "../../../kit/errors.js";
import type { PixelKind, PixelReply, PixelRequest, PixelTasks } from "./protocol.js";

type Task<K extends PixelKind> = PixelTasks[K]["task"];
type Result<K extends PixelKind> = PixelTasks[K]["result"];

interface Waiting {
  resolve(result: Result<PixelKind>): void;
  reject(error: Error): void;
}

export class PixelThread {
  readonly #thread = new Worker(new URL("./thread.js", import.meta.url));
  /** Replies come in the order of the tasks. */
  readonly #waiting: Waiting[] = [];

  constructor(lost: (why: Error) => void) {
    this.#thread.on("message", (reply: PixelReply) => {
      const task = this.#waiting.shift();
      if (reply.error === undefined) task?.resolve(reply.result);
      else {
        task?.reject(new DepthmeshError("INTERNAL", "pixel work failed", { cause: reply.error }));
      }
    });
    this.#thread.on("error", (error) => {
      for (const task of this.#waiting.splice(0)) task.reject(error);
      lost(error);
    });
  }

  prepare(task: Task<"prepare">): Promise<Result<"prepare">> {
    return this.#run("prepare", task);
  }

  interpret(task: Task<"interpret">): Promise<Result<"interpret">> {
    return this.#run("interpret", task);
  }

  heuristic(task: Task<"heuristic">): Promise<Result<"heuristic">> {
    return this.#run("heuristic", task);
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
      return await this.#run("refine", { ...task, cancelled });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  async stop(): Promise<void> {
    await this.#thread.terminate();
  }

  #run<K extends PixelKind>(kind: K, task: Task<K>): Promise<Result<K>> {
    return new Promise<Result<PixelKind>>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#thread.postMessage({ kind, task } as PixelRequest);
    }) as Promise<Result<K>>;
  }
}
