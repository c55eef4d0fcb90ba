/** The page's side of the messages to the worker of its scene. */
import { errorOf } from "./said-error.js";
import type {
  CallName,
  FromWorker,
  LiveSceneEvents,
  SceneCalls,
  SceneOrder,
  ToWorker,
} from "./scene-messages.js";

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export class WorkerCalls {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #ended: Error | undefined;

  constructor(worker: Worker, events: LiveSceneEvents) {
    this.#worker = worker;
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      this.#receive(data, events);
    });
  }

  /** Rejects with the worker's error, and with RENDERER_LOST when it has ended. */
  ask<Name extends CallName>(
    kind: Name,
    request: SceneCalls[Name]["request"],
    transfer: Transferable[] = [],
  ): Promise<SceneCalls[Name]["result"]> {
    return new Promise<SceneCalls[Name]["result"]>((resolve, reject) => {
      if (this.#ended) {
        reject(this.#ended);
        return;
      }
      const id = ++this.#lastId;
      const waiting: Waiting = {
        resolve: (result) => resolve(result as SceneCalls[Name]["result"]),
        reject,
      };
      this.#waiting.set(id, waiting);
      this.#worker.postMessage({ kind, id, request }, transfer);
    });
  }

  order(order: SceneOrder, transfer: Transferable[] = []): void {
    this.#worker.postMessage(order satisfies ToWorker, transfer);
  }

  /** Whoever waits learns this error, and so does everybody who asks from now on. */
  end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#worker.terminate();
  }

  #receive(message: FromWorker, events: LiveSceneEvents): void {
    switch (message.kind) {
      case "result":
        this.#take(message.id)?.resolve(message.result);
        break;
      case "error":
        this.#take(message.id)?.reject(errorOf(message.error));
        break;
      case "picture":
        events.picture?.();
        break;
      case "rest":
        events.rest?.();
        break;
      case "moment":
        events.moment?.(message.tau);
        break;
      case "context":
        events.context?.(message.isLost);
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
