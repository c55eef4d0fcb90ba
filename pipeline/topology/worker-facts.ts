/** What workers say of themselves for as long as they live: a bucket that forgets whoever no longer repeats it. */
import type { KV, KvEntry } from "nats";
import type { Bus } from "../../kit/nats/connect.js";
import { watchKv } from "../../kit/nats/kv-watch.js";

/** Facts that were not repeated for this long are gone. */
export const WORKER_FACTS_TTL_MS = 60_000;
const REPEAT_MS = WORKER_FACTS_TTL_MS / 3;
/** After NATS has returned, the gateway may not have made the bucket yet. */
const RETRY_MS = 500;

/** Say `facts` under the worker's name now and again, until the function that comes back is called. */
export function announceFacts<T>(bus: Bus, bucket: KV, worker: string, facts: T): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const say = async () => {
    clearTimeout(timer);
    const nextMs = await bucket.put(worker, JSON.stringify(facts)).then(
      () => REPEAT_MS,
      (error) => {
        bus.log.warn({ err: error }, "facts not announced; they are said again");
        // While the server is away its return is what to wait for.
        return bus.connectionState.isUp ? RETRY_MS : REPEAT_MS;
      },
    );
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(say, nextMs);
  };
  void say();
  // The bucket lies in the server's memory: what was said is gone with it.
  const forget = bus.connectionState.onReturn(() => void say());
  return () => {
    isOver = true;
    clearTimeout(timer);
    forget();
    bucket.delete(worker).catch(() => {
      // It is forgotten by itself.
    });
  };
}

/** The facts of all workers that live, kept up to date by a watch. */
export class WorkerFactsBoard<T> {
  readonly #facts = new Map<string, { readonly facts: T; readonly heardAtMs: number }>();
  readonly #stop = new AbortController();
  #resolveAnyone: () => void = () => {};
  readonly #anyone = new Promise<void>((resolve) => {
    this.#resolveAnyone = resolve;
  });

  /** Begin to listen; what is in the bucket is known when it resolves. */
  async open(bus: Bus, bucket: KV): Promise<void> {
    const changes = watchKv({ bus, bucket }, this.#stop.signal);
    for (;;) {
      const { value, done } = await changes.next();
      if (done || value.kind === "current") break;
      this.#take(value.entry);
    }
    void this.#follow(changes);
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
    this.#forgetSilent();
    return new Map([...this.#facts].map(([worker, { facts }]) => [worker, facts]));
  }

  close(): void {
    this.#stop.abort();
  }

  /** Who is missing after an absence of the server is not gone yet: it may only not have repeated itself. */
  async #follow(changes: ReturnType<typeof watchKv>): Promise<void> {
    for await (const change of changes) {
      if (change.kind === "entry") this.#take(change.entry);
    }
  }

  /** The bucket tells of no entry whose time has run out. */
  #forgetSilent(): void {
    const oldestMs = Date.now() - WORKER_FACTS_TTL_MS;
    for (const [worker, { heardAtMs }] of this.#facts) {
      if (heardAtMs < oldestMs) this.#facts.delete(worker);
    }
  }

  #take({ key, operation, value }: KvEntry): void {
    if (operation !== "PUT") {
      this.#facts.delete(key);
      return;
    }
    const facts = JSON.parse(Buffer.from(value).toString()) as T;
    this.#facts.set(key, { facts, heardAtMs: Date.now() });
    this.#resolveAnyone();
  }
}
