/** Where a worker's slots get their orders: never more pulls than free slots, the lanes in weighted order. */
import type { JsMsg, Subscription } from "nats";
import type { Log } from "../../kit/log.js";
import { isNothingThere } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { LANES, type Lane, type Stage } from "../stages.js";
import { nudgeSubject, workConsumer, workStream } from "../topology/names.js";
import { LaneBacklog, LaneSchedule } from "./lanes.js";

/** A lost nudge costs at most this. */
const POLL_MS = 1_000;

type Slot = (message: JsMsg | undefined) => void;

/**
 * The slots of one worker share their pulls: a nudge wakes one free slot, not all of them, and a lane is asked only where an order is to be
 * expected. Each pull asks for one order and does not wait at the server.
 */
export class OrderPuller {
  readonly #bus: Bus;
  readonly #stage: Stage;
  readonly #log: Log;
  readonly #lanes = new LaneSchedule();
  readonly #backlogs: Readonly<Record<Lane, LaneBacklog>> = {
    high: new LaneBacklog(),
    normal: new LaneBacklog(),
    low: new LaneBacklog(),
  };
  readonly #nudges: Subscription;
  readonly #poll: NodeJS.Timeout;
  readonly #forgetReturn: () => void;
  /** Free slots, the one that has waited longest first. */
  readonly #free: Slot[] = [];
  readonly #pulls = new Set<Promise<void>>();

  constructor(bus: Bus, stage: Stage, log: Log) {
    this.#bus = bus;
    this.#stage = stage;
    this.#log = log;
    this.#nudges = bus.connection.subscribe(nudgeSubject(stage), {
      callback: (error, message) => {
        if (!error) this.#nudged(message.string());
      },
    });
    this.#poll = setInterval(() => this.#askAll(), POLL_MS);
    // What was published while the connection was away had no nudge here.
    this.#forgetReturn = bus.connectionState.onReturn(() => this.#askAll());
  }

  /** The next order's message; undefined when the signal fires. */
  next(signal: AbortSignal): Promise<JsMsg | undefined> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(undefined);
      const leave = () => {
        this.#free.splice(this.#free.indexOf(slot), 1);
        resolve(undefined);
      };
      const slot: Slot = (message) => {
        signal.removeEventListener("abort", leave);
        resolve(message);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#free.push(slot);
      this.#fillSlots();
    });
  }

  /** Call it when no slot waits any more. An order that was asked for before and comes now goes back at once. */
  async close(): Promise<void> {
    clearInterval(this.#poll);
    this.#forgetReturn();
    this.#nudges.unsubscribe();
    await Promise.all(this.#pulls);
  }

  /** A nudge names its lane; any other is one for all. */
  #nudged(name: string): void {
    const named = LANES.filter((lane) => lane === name);
    for (const lane of named.length > 0 ? named : LANES) this.#backlogs[lane].nudged();
    this.#fillSlots();
  }

  #askAll(): void {
    for (const lane of LANES) this.#backlogs[lane].polled();
    this.#fillSlots();
  }

  #fillSlots(): void {
    while (this.#bus.connectionState.isUp && this.#pulls.size < this.#free.length) {
      const lane = this.#lanes.order().find((each) => this.#backlogs[each].worthPulling);
      if (lane === undefined) return;
      this.#lanes.served(lane);
      const pull = this.#pull(lane).finally(() => {
        this.#pulls.delete(pull);
        this.#fillSlots();
      });
      this.#pulls.add(pull);
    }
  }

  async #pull(lane: Lane): Promise<void> {
    const backlog = this.#backlogs[lane];
    const ticket = backlog.pulling();
    const stream = workStream(this.#stage);
    try {
      const message = await this.#bus.jetstream.pull(stream, workConsumer(this.#stage, lane));
      backlog.found(ticket, message.info.pending, message.redelivered);
      this.#hand(message);
    } catch (error) {
      this.#lanes.notServed(lane);
      // After a failure too: the next poll asks again.
      backlog.empty(ticket);
      if (isNothingThere(error)) return;
      this.#log.warn({ err: error, lane }, "no orders from the bus");
    }
  }

  #hand(message: JsMsg): void {
    const slot = this.#free.shift();
    // The slot has left meanwhile: the worker is stopping.
    if (slot) slot(message);
    else message.nak();
  }
}
