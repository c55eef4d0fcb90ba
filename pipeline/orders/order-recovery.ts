/**
 * Order recovery (rule 11 in docs/decisions): checks one stage of a job, and publishes its order
 * again if no worker holds the stage and the order is missing from the stream. The gateway's
 * reconciler calls it for every job, and each renderer for its encode order.
 */
import type { Bus } from "../../kit/nats/connect.js";
import {
  decideOrder,
  isAhead,
  isLive,
  isTerminal,
  type JobRecord,
  withStage,
} from "../record/record.js";
import type { OrderRef } from "../record/stage-record.js";
import { type JobStore, updateRecord } from "../record/store.js";
import type { Lane, Stage } from "../stages.js";
import { orderExists, publishDecidedOrder, readOrders } from "./order.js";

/**
 * A younger order is not missed yet: a live publisher needs far less time between deciding an order
 * and publishing it.
 */
const PUBLISHED_WITHIN_MS = 5_000;
/**
 * Half of the server's duplicate window. An older order, published again, could be stored a second
 * time.
 */
const DEDUPLICATED_MS = 60_000;
/**
 * Remembered sequences of waiting orders: more than fit in full lanes. A forgotten one costs
 * another publish.
 */
const MAX_SEQUENCES = 50_000;

export type RecoveryAction =
  /**
   * Nothing was done: the order is in the stream, or is too young to be missed, or is not needed.
   */
  | "none"
  /**
   * The decided order was published again. If the stream had it already, that made no second one.
   */
  | "published"
  /** The order had been consumed, so another one was decided and published. */
  | "decided-anew";

export class OrderRecovery {
  readonly #bus: Bus;
  readonly #store: JobStore;
  /**
   * Stream sequences by order id, for orders that no worker has taken yet; later the record has the
   * sequence.
   */
  readonly #sequences = new Map<string, number>();
  /**
   * Lanes whose orders were read, once each, to learn the sequences of orders published before this
   * process started.
   */
  readonly #lanesRead = new Map<string, Promise<void>>();

  constructor(bus: Bus, store: JobStore) {
    this.#bus = bus;
    this.#store = store;
  }

  /**
   * Checks one stage of a job, by the content of the stream and never by time alone. `mayDecide` is
   * called within the compare-and-set and tells whether the caller may decide another order. Throws
   * BUS_UNAVAILABLE, QUEUE_FULL.
   */
  async check(
    record: JobRecord,
    stage: Stage,
    mayDecide: (current: JobRecord) => boolean = () => true,
  ): Promise<RecoveryAction> {
    const { order } = record.stages[stage];
    if (!order || !isFree(record, stage, Date.now())) return "none";
    if (order.seq !== null) this.#sequences.delete(order.id);
    if (order.seq === null && ageMs(order, Date.now()) > DEDUPLICATED_MS) {
      await this.#readLane(stage, record.lane);
    }
    const seq = order.seq ?? this.#sequences.get(order.id);
    if (seq === undefined) {
      if (ageMs(order, Date.now()) < PUBLISHED_WITHIN_MS) return "none";
      const published = await publishDecidedOrder(this.#bus, record, stage);
      if (published === undefined) return "none";
      this.#remember(order.id, published);
      // The server may remember the id of an order that was consumed: then it has stored nothing.
      if (await orderExists(this.#bus, stage, published)) return "published";
    } else if (await orderExists(this.#bus, stage, seq)) return "none";
    return this.#decideAnew(record, stage, mayDecide);
  }

  async #decideAnew(
    { id, stages }: JobRecord,
    stage: Stage,
    mayDecide: (current: JobRecord) => boolean,
  ): Promise<RecoveryAction> {
    const { order } = stages[stage];
    const { record, revision, changed } = await updateRecord(this.#store, id, (current) => {
      const latest = current.stages[stage].order;
      const nowMs = Date.now();
      if (!latest || latest.id !== order?.id || !isFree(current, stage, nowMs)) return undefined;
      if (!mayDecide(current)) return undefined;
      const { generation, address } = latest;
      return withStage(current, stage, { order: decideOrder(generation, nowMs, address) });
    });
    if (!changed) return "none";
    await publishDecidedOrder(this.#bus, record, stage, revision);
    return "decided-anew";
  }

  /** Reads a lane once; after a failure the next call reads it again. */
  #readLane(stage: Stage, lane: Lane): Promise<void> {
    const key = `${stage}/${lane}`;
    const reading = this.#lanesRead.get(key) ?? this.#readSequences(stage, lane);
    this.#lanesRead.set(key, reading);
    reading.catch(() => this.#lanesRead.delete(key));
    return reading;
  }

  async #readSequences(stage: Stage, lane: Lane): Promise<void> {
    for await (const { seq, order } of readOrders(this.#bus, stage, lane)) {
      if (order) this.#remember(order.orderId, seq);
    }
  }

  #remember(orderId: string, seq: number): void {
    const [oldest] = this.#sequences.keys();
    if (oldest !== undefined && this.#sequences.size >= MAX_SEQUENCES)
      this.#sequences.delete(oldest);
    this.#sequences.set(orderId, seq);
  }
}

/** Whether the stage still has to be done and no worker holds it. */
function isFree(record: JobRecord, stage: Stage, nowMs: number): boolean {
  const { done, lease } = record.stages[stage];
  return !isTerminal(record) && !done && !isLive(lease, nowMs);
}

/** Infinite when the clock that decided the order has been set back since. */
function ageMs({ decidedAtMs }: OrderRef, nowMs: number): number {
  return isAhead(decidedAtMs, nowMs) ? Number.POSITIVE_INFINITY : nowMs - decidedAtMs;
}
