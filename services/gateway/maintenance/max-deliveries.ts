/**
 * Handles orders that NATS has delivered as often as their consumer allows (an advisory reports
 * each): such a message is never delivered again, but would stay in its stream forever. It is
 * deleted, and order recovery decides whether the job needs another order.
 */
import type { Subscription } from "nats";
import { z } from "zod";
import type { Log } from "../../../kit/log.js";
import { isNotFound } from "../../../kit/nats/bus-errors.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { type Order, parseOrder } from "../../../pipeline/orders/order.js";
import { isLive, isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import type { JobStore } from "../../../pipeline/record/store.js";
import { readIfReadable } from "../../../pipeline/record/stored-record.js";
import { STAGES, type Stage } from "../../../pipeline/stages.js";
import { workStream } from "../../../pipeline/topology/names.js";

const advisories = (stage: Stage) =>
  `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${workStream(stage)}.*`;

const advisorySchema = z.object({ stream_seq: z.number().int() });

/** A message of a stage's order stream. */
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
  /** Messages to check again, by stage and sequence: a worker holds them, or the check failed. */
  readonly #unresolved = new Map<string, WorkMessage>();
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
          if (seq !== undefined) void this.#handle({ stage, seq });
        },
      }),
    );
  }

  close(): void {
    for (const subscription of this.#advisories) subscription.unsubscribe();
  }

  /** Checks the unresolved messages again; never rejects. */
  async retry(): Promise<void> {
    await Promise.all([...this.#unresolved.values()].map((message) => this.#handle(message)));
  }

  /**
   * Deletes a message that NATS delivers to nobody any more, unless a worker still works on its
   * order: then it is checked again in later passes. Throws when NATS does not answer.
   */
  async deleteUnlessHeld(message: WorkMessage): Promise<void> {
    const { bus, store, log } = this.#options;
    const { stage, seq } = message;
    const key = `${stage}/${seq}`;
    const order = await this.#read(message);
    this.#unresolved.delete(key);
    if (order === "gone") return;
    const found = order && (await readIfReadable(store, order.job));
    const record = found === "unreadable" ? undefined : found?.record;
    if (order && record && isHeld(record, order, Date.now())) {
      this.#unresolved.set(key, message);
      return;
    }
    await bus.manager.streams.deleteMessage(workStream(stage), seq, false);
    log.warn({ stage, seq, job: order?.job }, "deleted an order that NATS no longer delivers");
  }

  async #handle(message: WorkMessage): Promise<void> {
    try {
      await this.deleteUnlessHeld(message);
    } catch (error) {
      this.#unresolved.set(`${message.stage}/${message.seq}`, message);
      this.#options.log.warn(
        { err: error, ...message },
        "an order with too many deliveries was not checked; the next pass tries again",
      );
    }
  }

  /** Undefined for a message that is not a valid order. */
  async #read({ stage, seq }: WorkMessage): Promise<Order | undefined | "gone"> {
    const { manager } = this.#options.bus;
    try {
      return parseOrder(await manager.streams.getMessage(workStream(stage), { seq }), stage);
    } catch (error) {
      if (isNotFound(error)) return "gone";
      throw error;
    }
  }
}

/** Whether a worker holds the order's stage: then it acks the order itself. */
export function isHeld(record: JobRecord, { stage }: Order, nowMs: number): boolean {
  const { done, lease } = record.stages[stage];
  return !isTerminal(record) && !done && isLive(lease, nowMs);
}

/** Sequence of the message that an advisory reports; undefined if the advisory cannot be read. */
function sequenceOf(advisory: Uint8Array): number | undefined {
  try {
    return advisorySchema.parse(JSON.parse(Buffer.from(advisory).toString())).stream_seq;
  } catch {
    return undefined;
  }
}
