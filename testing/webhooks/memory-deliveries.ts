/** Deliveries in memory, with the rules of the bucket: what is over is not made again. */
import { AsyncQueue } from "../../kit/async/queue.js";
import {
  type Delivery,
  type DeliveryChange,
  type DeliveryStore,
  deliveryKey,
  type FoundDelivery,
} from "../../services/gateway/webhooks/deliveries.js";

interface Entry {
  /** Undefined when it is over. */
  readonly delivery: Delivery | undefined;
  readonly revision: number;
}

export class MemoryDeliveries implements DeliveryStore {
  readonly #entries = new Map<string, Entry>();
  readonly #watches = new Set<AsyncQueue<DeliveryChange>>();
  #revision = 0;
  /** Called before each operation; what it throws is what the operation throws. */
  onOperation: (operation: string) => void = () => {};

  /** Keys that wait. */
  get waiting(): string[] {
    return [...this.#entries].filter(([, { delivery }]) => delivery).map(([key]) => key);
  }

  async create(delivery: Delivery): Promise<void> {
    this.onOperation("create");
    const key = deliveryKey(delivery);
    if (!this.#entries.has(key)) this.#put(key, delivery);
  }

  async renew(delivery: Delivery): Promise<void> {
    this.onOperation("renew");
    this.#put(deliveryKey(delivery), delivery);
  }

  async read(key: string): Promise<FoundDelivery | undefined> {
    this.onOperation("read");
    const entry = this.#entries.get(key);
    return entry?.delivery && { delivery: entry.delivery, revision: entry.revision };
  }

  async replace(delivery: Delivery, revision: number): Promise<number | undefined> {
    this.onOperation("replace");
    const key = deliveryKey(delivery);
    if (this.#entries.get(key)?.revision !== revision) return undefined;
    return this.#put(key, delivery);
  }

  async finish(key: string, revision: number): Promise<boolean> {
    this.onOperation("finish");
    if (this.#entries.get(key)?.revision !== revision) return false;
    this.#put(key, undefined);
    return true;
  }

  async removeOf(webhook: string): Promise<void> {
    this.onOperation("removeOf");
    for (const key of [...this.#entries.keys()]) {
      if (key.startsWith(`${webhook}.`)) this.#entries.delete(key);
    }
  }

  async *watch(signal: AbortSignal): AsyncGenerator<DeliveryChange> {
    const queue = new AsyncQueue<DeliveryChange>();
    for (const [key, entry] of this.#entries) queue.push(changeOf(key, entry));
    this.#watches.add(queue);
    signal.addEventListener("abort", () => queue.close());
    yield* queue;
  }

  #put(key: string, delivery: Delivery | undefined): number {
    const entry = { delivery, revision: ++this.#revision };
    this.#entries.set(key, entry);
    for (const queue of this.#watches) queue.push(changeOf(key, entry));
    return this.#revision;
  }
}

function changeOf(key: string, { delivery, revision }: Entry): DeliveryChange {
  if (!delivery) return { kind: "over", key };
  return { kind: "waiting", key, found: { delivery, revision } };
}
