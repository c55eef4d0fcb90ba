/** A net under the orders: what NATS delivered too often stays in its stream, given to nobody, until somebody deletes it. */
import type { Subscription } from "nats";
import { z } from "zod";
import type { Log } from "../../../kit/log.js";
import { isNotFound } from "../../../kit/nats/api-errors.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { type Order, parseOrder } from "../../../pipeline/orders/order.js";
import { isLive, isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import type { JobStore } from "../../../pipeline/record/store.js";
import { STAGES, type Stage } from "../../../pipeline/stages.js";
import { workStream } from "../../../pipeline/topology/names.js";

const advisories = (stage: Stage) =>
  `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${workStream(stage)}.*`;

const advisorySchema = z.object({ stream_seq: z.number().int() });

/** A message of a stage's stream. */
export interface WorkMessage {
  readonly stage: Stage;
  readonly seq: number;
}

export interface MaxDeliveriesOptions {
  readonly bus: Bus;
  readonly store: Pick<JobStore, "read">;
  readonly log: Log;
}

export class MaxDeliveriesHandler {
  readonly #options: MaxDeliveriesOptions;
  /** What lives on under a lease, by stage and sequence. */
  readonly #later = new Map<string, WorkMessage>();
  #advisories: readonly Subscription[] = [];

  constructor(options: MaxDeliveriesOptions) {
    this.#options = options;
  }

  start(): void {
    const { bus } = this.#options;
    this.#advisories = STAGES.map((stage) =>
      bus.connection.subscribe(advisories(stage), {
        callback: (_error, message) => {
          const seq = sequenceOf(message.data);
          if (seq !== undefined) void this.#lookSafely({ stage, seq });
        },
      }),
    );
  }

  close(): void {
    for (const subscription of this.#advisories) subscription.unsubscribe();
  }

  /** Look again at what a worker held the last time. */
  async pass(): Promise<void> {
    await Promise.all([...this.#later.values()].map((message) => this.#lookSafely(message)));
  }

  /** Delete a message that is given to nobody any more, where nobody works on it: order care then decides what follows. */
  async look(message: WorkMessage): Promise<void> {
    const { bus, store, log } = this.#options;
    const { stage, seq } = message;
    const key = `${stage}/${seq}`;
    const order = await this.#read(message);
    this.#later.delete(key);
    if (order === "gone") return;
    const record = order && (await store.read(order.job))?.record;
    if (order && record && isHeld(record, order, Date.now())) {
      this.#later.set(key, message);
      return;
    }
    await bus.manager.streams.deleteMessage(workStream(stage), seq, false);
    log.warn({ stage, seq, job: order?.job }, "an order that was given to nobody any more is gone");
  }

  async #lookSafely(message: WorkMessage): Promise<void> {
    try {
      await this.look(message);
    } catch (error) {
      this.#later.set(`${message.stage}/${message.seq}`, message);
      this.#options.log.warn(
        { err: error, ...message },
        "not looked at; the next pass tries again",
      );
    }
  }

  /** Undefined for a message that is no order. */
  async #read({ stage, seq }: WorkMessage): Promise<Order | undefined | "gone"> {
    try {
      const message = await this.#options.bus.manager.streams.getMessage(workStream(stage), {
        seq,
      });
      return parseOrder(message);
    } catch (error) {
      if (isNotFound(error)) return "gone";
      throw error;
    }
  }
}

/** Whether a worker holds the stage that the order is for: it acks the order itself. */
export function isHeld(record: JobRecord, { stage }: Order, nowMs: number): boolean {
  const { done, lease } = record.stages[stage];
  return !isTerminal(record) && !done && isLive(lease, nowMs);
}

/** Of the message that an advisory is about. */
function sequenceOf(advisory: Uint8Array): number | undefined {
  try {
    return advisorySchema.parse(JSON.parse(Buffer.from(advisory).toString())).stream_seq;
  } catch {
    return undefined;
  }
}
