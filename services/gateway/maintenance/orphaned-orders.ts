/**
 * Orders that nats-server keeps and gives to nobody. A server that is killed forgets which messages it had removed in its last
 * seconds (seen with 2.9.10), while its consumers know that they were delivered and acknowledged: such an order fills its lane
 * for ever, and looks like one that waits. It shows as a lane with more messages than its consumer knows of.
 */
import type { ConsumerInfo } from "nats";
import { isNotFound } from "../../../kit/nats/api-errors.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { LANES, type Lane, STAGES, type Stage } from "../../../pipeline/stages.js";
import { workConsumer, workStream, workSubject } from "../../../pipeline/topology/names.js";
import type { WorkMessage } from "./max-deliveries.js";

/** Naks wait for 72 s at most, and who works on an order holds a lease: what is first in its lane for longer is given to nobody. */
const STRANDED_MS = 180_000;

export interface OrphanedOptions {
  readonly bus: Bus;
  /** Deletes a message that nobody works on; order care then decides what follows. */
  readonly look: (message: WorkMessage) => Promise<void>;
}

/** The first message of a lane that its consumer has delivered before. */
interface Suspect {
  readonly seq: number;
  readonly sinceMs: number;
  /** Up to where the lane had been delivered when it was first found with too many messages; undefined: it was not. */
  readonly surplusUpTo: number | undefined;
}

export class OrphanedOrders {
  readonly #options: OrphanedOptions;
  readonly #suspects = new Map<string, Suspect>();

  constructor(options: OrphanedOptions) {
    this.#options = options;
  }

  /**
   * Look at every lane. What comes and goes between two answers can look like too many messages, so a lane is believed when
   * it has had too many twice; `isAfterReturn` believes it at once. Throws when NATS does not answer.
   */
  async pass(isAfterReturn: boolean): Promise<void> {
    const lanes = STAGES.flatMap((stage) => LANES.map((lane) => ({ stage, lane })));
    await Promise.all(lanes.map(({ stage, lane }) => this.#lookAt(stage, lane, isAfterReturn)));
  }

  async #lookAt(stage: Stage, lane: Lane, isAfterReturn: boolean): Promise<void> {
    const { manager } = this.#options.bus;
    const subject = workSubject(stage, lane);
    const stream = workStream(stage);
    // The consumer first: what is published meanwhile lies beyond what it has delivered.
    const consumer = await manager.consumers.info(stream, workConsumer(stage, lane));
    const { state } = await manager.streams.info(stream, { subjects_filter: subject });
    const messages = state.subjects?.[subject] ?? 0;
    const delivered = consumer.delivered.stream_seq;
    const seq = messages === 0 ? undefined : await this.#next(stage, lane, 1);
    if (seq === undefined || seq > delivered) {
      this.#suspects.delete(subject);
      return;
    }
    const before = this.#suspects.get(subject);
    const hasSurplus = hasStranded(messages, consumer);
    const nowMs = Date.now();
    this.#suspects.set(subject, {
      seq,
      sinceMs: before?.seq === seq ? before.sinceMs : nowMs,
      surplusUpTo: hasSurplus ? delivered : undefined,
    });
    const upTo = isAfterReturn ? delivered : before?.surplusUpTo;
    if (hasSurplus && upTo !== undefined) await this.#lookThrough(stage, lane, upTo);
    // A consumer that waits for an ack of what is gone can hide one.
    else if (before?.seq === seq && nowMs - before.sinceMs > STRANDED_MS) {
      this.#suspects.delete(subject);
      await this.#options.look({ stage, seq });
    }
  }

  /** Some of them may be given to somebody yet: to get another order costs such a job nothing. */
  async #lookThrough(stage: Stage, lane: Lane, last: number): Promise<void> {
    let seq = await this.#next(stage, lane, 1);
    while (seq !== undefined && seq <= last) {
      await this.#options.look({ stage, seq });
      seq = await this.#next(stage, lane, seq + 1);
    }
  }

  /** Sequence of the first message of a lane at or after `from`; undefined where there is none. */
  async #next(stage: Stage, lane: Lane, from: number): Promise<number | undefined> {
    const query = { seq: from, next_by_subj: workSubject(stage, lane) };
    try {
      return (await this.#options.bus.manager.streams.getMessage(workStream(stage), query)).seq;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

/** Whether a lane holds messages that its consumer neither waits to deliver nor waits for an ack of. */
export function hasStranded(
  messages: number,
  consumer: Pick<ConsumerInfo, "num_pending" | "num_ack_pending">,
): boolean {
  return messages > consumer.num_pending + consumer.num_ack_pending;
}
