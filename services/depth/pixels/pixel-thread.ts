/** The main thread's side of the pixel loops: one task after another. */
import { Worker } from "node:worker_threads";
import { DepthmeshError } from "../../../kit/errors.js";
import type { PixelReply, PixelTask, Prepared, Refined } from "./protocol.js";

type TaskInput<K extends PixelTask["kind"]> = Omit<Extract<PixelTask, { kind: K }>, "kind">;

interface Waiting {
  resolve(result: Prepared | Refined): void;
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

  refine(task: TaskInput<"refine">): Promise<Refined> {
    return this.#run({ kind: "refine", ...task }) as Promise<Refined>;
  }

  async stop(): Promise<void> {
    await this.#thread.terminate();
  }

  #run(task: PixelTask): Promise<Prepared | Refined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#thread.postMessage(task);
    });
  }
}
