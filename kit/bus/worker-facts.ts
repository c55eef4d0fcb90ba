/** What workers say of themselves for as long as they live: a bucket that forgets whoever no longer repeats it. */
import type { KV } from "nats";
import type { Log } from "../log.js";

/** Facts that were not repeated for this long are gone. */
export const WORKER_FACTS_TTL_MS = 60_000;
const REPEAT_MS = WORKER_FACTS_TTL_MS / 3;

/** Say `facts` under the worker's name now and again, until the function that comes back is called. */
export function announceFacts<T>(bucket: KV, worker: string, facts: T, log: Log): () => void {
  const say = () => {
    bucket.put(worker, JSON.stringify(facts)).catch((error) => {
      log.warn({ err: error }, "facts not announced; they are said again");
    });
  };
  say();
  const timer = setInterval(say, REPEAT_MS);
  return () => {
    clearInterval(timer);
    bucket.delete(worker).catch(() => {
      // It is forgotten by itself.
    });
  };
}

/** The facts of all workers that live, kept up to date by a watch. */
export class WorkerFactsBoard<T> {
  readonly #facts = new Map<string, { readonly facts: T; readonly heardAtMs: number }>();
  #stop: () => void = () => {};
  #heard: () => void = () => {};
  readonly #anyone = new Promise<void>((resolve) => {
    this.#heard = resolve;
  });

  /** Begin to listen; what is in the bucket is known when it resolves. */
  async open(bucket: KV, log: Log): Promise<void> {
    let known: () => void = () => {};
    const ready = new Promise<void>((resolve) => {
      known = resolve;
    });
    const entries = await bucket.watch({ initializedFn: () => known() });
    this.#stop = () => entries.stop();
    const follow = async () => {
      for await (const { key, operation, value } of entries) {
        if (operation !== "PUT") this.#facts.delete(key);
        else {
          const facts = JSON.parse(Buffer.from(value).toString()) as T;
          this.#facts.set(key, { facts, heardAtMs: Date.now() });
          this.#heard();
        }
      }
    };
    follow().catch((error) => log.warn({ err: error }, "workers are not listened to any more"));
    await ready;
  }

  /** Resolves when a worker has spoken since this began, and at the latest after `timeoutMs`. */
  async anyone(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([this.#anyone, late]);
    clearTimeout(timer);
  }

  /** By the worker's name. */
  get live(): ReadonlyMap<string, T> {
    const oldestMs = Date.now() - WORKER_FACTS_TTL_MS;
    const live = [...this.#facts].filter(([, { heardAtMs }]) => heardAtMs >= oldestMs);
    return new Map(live.map(([worker, { facts }]) => [worker, facts]));
  }

  close(): void {
    this.#stop();
  }
}
