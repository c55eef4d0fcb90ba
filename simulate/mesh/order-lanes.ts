/** The orders of a stage that wait, by lane. */
import type { LaneSchedule } from "../../pipeline/orders/lanes.js";
import { LANES, type Lane } from "../../pipeline/stages.js";
import { Fifo } from "./fifo.js";
import type { Order } from "./work.js";

export class OrderLanes {
  readonly #lanes: Readonly<Record<Lane, Fifo<Order>>> = {
    high: new Fifo(),
    normal: new Fifo(),
    low: new Fifo(),
  };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(order: Order): void {
    this.#lanes[order.work.job.lane].add(order);
    this.#size += 1;
  }

  /** Of an order that is delivered again. */
  addFirst(order: Order): void {
    this.#lanes[order.work.job.lane].addFirst(order);
    this.#size += 1;
  }

  /** The order that a free slot with this schedule gets; undefined when none waits. */
  take(schedule: LaneSchedule): Order | undefined {
    if (this.#size === 0) return undefined;
    const filled = LANES.filter((lane) => this.#lanes[lane].size > 0);
    const lane =
      filled.length === 1 ? filled[0] : schedule.order().find((name) => filled.includes(name));
    if (lane === undefined) return undefined;
    schedule.served(lane);
    this.#size -= 1;
    return this.#lanes[lane].take();
  }
}
