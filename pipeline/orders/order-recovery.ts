/** Sees to it that a stage which nobody works on has its order in the stream (rule 11). */
import type { Bus } from "../../kit/nats/connect.js";
import {
  decideOrder,
  isAhead,
  isLive,
  isTerminal,
  type JobRecord,
  type OrderRef,
  withStage,
} from "../record/record.js";
import { type JobStore, updateRecord } from "../record/store.js";
import type { Lane, Stage } from "../stages.js";
import { orderExists, publishDecidedOrder, readOrders } from "./order.js";

/** A publisher that lives needs far less between its decision and its publish. */
const PUBLISHED_WITHIN_MS = 5_000;
/** Half the time for which the server knows an order's id again: what is older would be taken a second time. */
const KNOWN_AGAIN_MS = 60_000;
/** Places of waiting orders kept in mind: more than wait in full lanes. A forgotten one costs another publish. */
const MAX_PLACES = 50_000;

export type RecoveryAction =
  /** Its order is there, or too young to be missed, or nobody waits for it. */
  | "none"
  /** It went out again; where it was there already that made no second one. */
  | "published"
  /** It was used up: another one was decided and has gone out. */
  | "decided-anew";

export class OrderRecovery {
  readonly #bus: Bus;
  readonly #store: JobStore;
  /** Stream sequences by order id, of orders that no worker has taken yet: the record knows those that were. */
  readonly #places = new Map<string, number>();
  /** Lanes whose orders were read: once a lane, for those that were published before this process was there. */
  readonly #read = new Map<string, Promise<void>>();

  constructor(bus: Bus, store: JobStore) {
    this.#bus = bus;
    this.#store = store;
  }

  /**
   * Judge by what the stream holds, never by time alone. `mayDecide` is asked, in the compare-and-set, whether the caller
   * may decide another order. Throws BUS_UNAVAILABLE, QUEUE_FULL.
   */
  async check(
    record: JobRecord,
    stage: Stage,
    mayDecide: (current: JobRecord) => boolean = () => true,
  ): Promise<RecoveryAction> {
    const { order } = record.stages[stage];
    if (!order || !isFree(record, stage, Date.now())) return "none";
    if (order.seq !== null) this.#places.delete(order.id);
    if (order.seq === null && ageMs(order, Date.now()) > KNOWN_AGAIN_MS) {
      await this.#readLane(stage, record.lane);
    }
    const place = order.seq ?? this.#places.get(order.id);
    if (place === undefined) {
      if (ageMs(order, Date.now()) < PUBLISHED_WITHIN_MS) return "none";
      const seq = await publishDecidedOrder(this.#bus, record, stage);
      if (seq === undefined) return "none";
      this.#remember(order.id, seq);
      // The server may remember an order that is gone: then it has taken nothing.
      if (await orderExists(this.#bus, stage, seq)) return "published";
    } else if (await orderExists(this.#bus, stage, place)) return "none";
    return this.#decideAnew(record, stage, mayDecide);
  }

  async #decideAnew(
    { id, stages }: JobRecord,
    stage: Stage,
    mayDecide: (current: JobRecord) => boolean,
  ): Promise<RecoveryAction> {
    const { order } = stages[stage];
    const { record, changed } = await updateRecord(this.#store, id, (current) => {
      const latest = current.stages[stage].order;
      const nowMs = Date.now();
      if (!latest || latest.id !== order?.id || !isFree(current, stage, nowMs)) return undefined;
      if (!mayDecide(current)) return undefined;
      const { generation, address } = latest;
      return withStage(current, stage, { order: decideOrder(generation, nowMs, address) });
    });
    if (!changed) return "none";
    await publishDecidedOrder(this.#bus, record, stage);
    return "decided-anew";
  }

  /** A reading that fails is begun anew by the next who asks. */
  #readLane(stage: Stage, lane: Lane): Promise<void> {
    const key = `${stage}/${lane}`;
    const reading = this.#read.get(key) ?? this.#readPlaces(stage, lane);
    this.#read.set(key, reading);
    reading.catch(() => this.#read.delete(key));
    return reading;
  }

  async #readPlaces(stage: Stage, lane: Lane): Promise<void> {
    for await (const { seq, order } of readOrders(this.#bus, stage, lane)) {
      if (order) this.#remember(order.orderId, seq);
    }
  }

  #remember(orderId: string, seq: number): void {
    const [oldest] = this.#places.keys();
    if (oldest !== undefined && this.#places.size >= MAX_PLACES) this.#places.delete(oldest);
    this.#places.set(orderId, seq);
  }
}

/** Whether the stage is to be done and nobody holds it. */
function isFree(record: JobRecord, stage: Stage, nowMs: number): boolean {
  const { done, lease } = record.stages[stage];
  return !isTerminal(record) && !done && !isLive(lease, nowMs);
}

/** Endless for one that a clock decided which has been set back since. */
function ageMs({ decidedAtMs }: OrderRef, nowMs: number): number {
  return isAhead(decidedAtMs, nowMs) ? Number.POSITIVE_INFINITY : nowMs - decidedAtMs;
}
