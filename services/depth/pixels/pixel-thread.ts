/** Sends pixel loops to their worker thread, which works on one task after another. */
import { DepthmeshError } from "../../../core/errors.js";
import type { Size } from "../../../core/geometry/size.js";
import { onAbort } from "../../../kit/async/abort.js";
import { compiledModule } from "../../../kit/process/package-path.js";
import { ThreadClient } from "../../../kit/process/thread-client.js";
import type { PixelCalls } from "./thread.js";

type Request<K extends keyof PixelCalls> = PixelCalls[K]["request"];
type Result<K extends keyof PixelCalls> = PixelCalls[K]["result"];

/**
 * Time limit of a task, counted from the moment at which the thread is free for it. It is many
 * times the time of the most expensive post-processing on two busy cores. No task waits for
 * anything outside, so that only a defect can exceed it.
 */
const BUDGET_MS = 60_000;
const BUDGET_MS_PER_MEGAPIXEL = 10_000;

export class PixelThread {
  readonly #thread: ThreadClient<PixelCalls>;

  /** `onLost` is called when the thread ends or hangs; every later task is rejected. */
  constructor(onLost: (why: Error) => void) {
    const name = "the thread of pixel loops";
    // Retryable: the process ends, and another worker tries the stage again.
    const lossError = (why: Error) =>
      why instanceof DepthmeshError
        ? why
        : new DepthmeshError("WORKER_LOST", `${name} ended`, { cause: why });
    const file = compiledModule("services/depth/pixels/thread.js");
    this.#thread = new ThreadClient(file, { name, onLost, lossError });
  }

  prepare(task: Request<"prepare">): Promise<Result<"prepare">> {
    return this.#run("prepare", task, pixelsOf(task.photo));
  }

  interpret(task: Request<"interpret">): Promise<Result<"interpret">> {
    return this.#run("interpret", task, pixelsOf(task.raw, task.blendFor?.photo));
  }

  heuristic(task: Request<"heuristic">): Promise<Result<"heuristic">> {
    return this.#run("heuristic", task, pixelsOf(task.photo));
  }

  /** Runs post-processing. The signal ends it between two steps; it then throws its reason. */
  async refine(
    task: Omit<Request<"refine">, "cancelled">,
    signal: AbortSignal,
  ): Promise<Result<"refine">> {
    const cancelled = new Int32Array(new SharedArrayBuffer(4));
    const stopListening = onAbort(signal, () => Atomics.store(cancelled, 0, 1));
    try {
      return await this.#run("refine", { ...task, cancelled }, pixelsOf(task.guide, task.estimate));
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      stopListening();
    }
  }

  stop(): Promise<void> {
    return this.#thread.stop();
  }

  #run<K extends keyof PixelCalls>(kind: K, task: Request<K>, pixels: number): Promise<Result<K>> {
    const budgetMs = BUDGET_MS + (BUDGET_MS_PER_MEGAPIXEL * pixels) / 1e6;
    return this.#thread.ask(kind, task, { budgetMs });
  }
}

function pixelsOf(...sizes: readonly (Size | undefined)[]): number {
  return sizes.reduce((sum, size) => sum + (size ? size.width * size.height : 0), 0);
}
