/**
 * Pulls orders from the lanes of a stage's stream for the free slots of a worker: at most one pull
 * per free slot, the lane chosen by lanes.ts. A nudge (a NATS message that accompanies each new
 * order) wakes it. It polls only while a lane holds orders, because those can be redelivered.
 */
import type { JsMsg, Subscription } from "nats";
import { onAbort } from "../../kit/async/abort.js";
import type { Log } from "../../kit/log.js";
import { isNothingThere } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { LANES, type Lane, type Stage } from "../stages.js";
import { nudgeSubject, workConsumer, workStream } from "../topology/names.js";
import { LaneBacklog, LaneSchedule } from "./lanes.js";

/**
 * The mean time between two polls, which find redelivered orders. Each differs at random by up to a
 * half: of two workers with equal steps, the same one would get an order again and again that it
 * leaves to the other.
 */
const POLL_MS = 1_000;
/**
 * How often an idle worker asks what the lanes hold: the longest delay that a lost nudge causes.
 */
const POLLS_PER_CHECK = 10;

type Slot = (message: JsMsg | undefined) => void;

/**
 * The slots of a worker share their pulls, so that a nudge wakes one free slot and not all of them,
 * and a lane is pulled from only when an order is expected there. Each pull asks for one order and
 * returns at once.
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
  #poll: NodeJS.Timeout;
  #polls = 0;
  /** Whether a lane may hold an order: only then can one be redelivered, which has no nudge. */
  #mayHoldOrders = true;
  #nudgesSeen = 0;
  readonly #stopListening: () => void;
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
    this.#poll = this.#nextPoll();
    // This process got no nudges while the connection was away.
    this.#stopListening = bus.connectionState.onReturn(() => {
      this.#mayHoldOrders = true;
      this.#pollAll();
    });
  }

  /** The next order's message; undefined when the signal fires. */
  next(signal: AbortSignal): Promise<JsMsg | undefined> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(undefined);
      const slot: Slot = (message) => {
        stopListening();
        resolve(message);
      };
      const stopListening = onAbort(signal, () => {
        this.#free.splice(this.#free.indexOf(slot), 1);
        resolve(undefined);
      });
      this.#free.push(slot);
      this.#fillSlots();
    });
  }

  /**
   * Call when no slot waits any more. An order that a running pull still returns is nacked at once.
   */
  async close(): Promise<void> {
    clearTimeout(this.#poll);
    this.#stopListening();
    this.#nudges.unsubscribe();
    await Promise.all(this.#pulls);
  }

  /** A nudge contains the name of its lane; with any other content it is for all lanes. */
  #nudged(content: string): void {
    this.#nudgesSeen += 1;
    this.#mayHoldOrders = true;
    const named = LANES.filter((lane) => lane === content);
    for (const lane of named.length > 0 ? named : LANES) this.#backlogs[lane].nudged();
    this.#fillSlots();
  }

  #nextPoll(): NodeJS.Timeout {
    return setTimeout(
      () => {
        this.#tick();
        this.#poll = this.#nextPoll();
      },
      POLL_MS * (0.5 + Math.random()),
    );
  }

  #tick(): void {
    if (this.#mayHoldOrders) this.#pollAll();
    // The first check comes with the first tick.
    if (this.#polls++ % POLLS_PER_CHECK === 0) void this.#check();
  }

  /** Asks whether the lanes hold any order, waiting or in the hands of a worker. */
  async #check(): Promise<void> {
    const nudgesBefore = this.#nudgesSeen;
    const stream = workStream(this.#stage);
    const asked = LANES.map((lane) =>
      this.#bus.manager.consumers.info(stream, workConsumer(this.#stage, lane)),
    );
    const holds = await Promise.all(asked).then(
      (infos) => infos.some((info) => info.num_pending + info.num_ack_pending > 0),
      // Without an answer, the lanes may hold anything.
      () => true,
    );
    // A nudge that came meanwhile tells of an order that the answer may lack.
    if (this.#nudgesSeen === nudgesBefore) this.#mayHoldOrders = holds;
    if (holds) this.#pollAll();
  }

  #pollAll(): void {
    for (const lane of LANES) this.#backlogs[lane].polled();
    this.#fillSlots();
  }

  #fillSlots(): void {
    while (this.#bus.connectionState.isUp && this.#pulls.size < this.#free.length) {
      const lane = this.#lanes.order().find((name) => this.#backlogs[name].worthPulling);
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
      // Counted as empty after a failure too: the next poll tries again.
      backlog.empty(ticket);
      if (isNothingThere(error)) return;
      this.#log.warn({ err: error, lane }, "could not pull an order");
    }
  }

  #hand(message: JsMsg): void {
    const slot = this.#free.shift();
    // The slot has stopped waiting, because the worker shuts down.
    if (slot) slot(message);
    else message.nak();
  }
}
