/** Where a worker's slots get their orders: never more than one a free slot, the lanes in weighted order. */
import { type JsMsg, NatsError, type Subscription } from "nats";
import { pause } from "../backoff.js";
import type { Log } from "../log.js";
import type { Bus } from "./connect.js";
import { LaneSchedule } from "./lanes.js";
import { nudgeSubject, type Stage, workConsumer, workStream } from "./subjects.js";

/** A lost nudge costs at most this. */
const IDLE_POLL_MS = 1_000;
const NO_MESSAGES = "404";

export class OrderIntake {
  readonly #bus: Bus;
  readonly #stage: Stage;
  readonly #log: Log;
  readonly #lanes = new LaneSchedule();
  readonly #nudges: Subscription;
  readonly #waiting = new Set<() => void>();
  readonly #forgetReturn: () => void;

  constructor(bus: Bus, stage: Stage, log: Log) {
    this.#bus = bus;
    this.#stage = stage;
    this.#log = log;
    const wakeAll = () => {
      for (const wake of this.#waiting) wake();
    };
    this.#nudges = bus.connection.subscribe(nudgeSubject(stage), { callback: wakeAll });
    // What was published while the connection was away had no nudge here.
    this.#forgetReturn = bus.link.onReturn(wakeAll);
  }

  /** The next order's message; undefined when the signal fires. */
  async next(signal: AbortSignal): Promise<JsMsg | undefined> {
    while (!signal.aborted) {
      await this.#bus.link.untilUp(signal);
      // Armed before the pulls: a nudge that comes while the lanes are asked must not be lost.
      const nudged = this.#nudged(signal);
      const message = await this.#pull();
      if (message) return message;
      await nudged;
    }
    return undefined;
  }

  close(): void {
    this.#nudges.unsubscribe();
    this.#forgetReturn();
  }

  async #pull(): Promise<JsMsg | undefined> {
    for (const lane of this.#lanes.order()) {
      this.#lanes.served(lane);
      try {
        return await this.#bus.jetstream.pull(
          workStream(this.#stage),
          workConsumer(this.#stage, lane),
        );
      } catch (error) {
        this.#lanes.notServed(lane);
        if (error instanceof NatsError && error.code === NO_MESSAGES) continue;
        this.#log.warn({ err: error, lane }, "no orders from the bus");
        return undefined;
      }
    }
    return undefined;
  }

  #nudged(signal: AbortSignal): Promise<void> {
    const controller = new AbortController();
    const wake = () => controller.abort();
    this.#waiting.add(wake);
    signal.addEventListener("abort", wake, { once: true });
    return pause(IDLE_POLL_MS, controller.signal).then(() => {
      this.#waiting.delete(wake);
      signal.removeEventListener("abort", wake);
    });
  }
}
