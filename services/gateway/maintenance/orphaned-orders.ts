/**
 * Finds orphaned orders, which nats-server keeps but delivers to nobody, and lets max-deliveries.ts
 * delete them. A server that is killed forgets which messages it removed in its last seconds (seen
 * with 2.9.10), while its consumers remember that these were delivered and acknowledged. Such an
 * order would occupy a place in its lane's queue forever. It shows as a lane with more messages
 * than its consumer knows of.
 */
import type { ConsumerInfo } from "nats";
import { isNotFound } from "../../../kit/nats/bus-errors.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { LANES, type Lane, STAGES, type Stage } from "../../../pipeline/stages.js";
import { workConsumer, workStream, workSubject } from "../../../pipeline/topology/names.js";
import type { WorkMessage } from "./max-deliveries.js";

/**
 * An order that is first in its lane for longer than this is delivered to nobody: a nak delays it
 * by at most 72 s, and a worker that works on it holds a lease, which `deleteUnlessHeld` respects.
 */
const ORPHANED_AFTER_MS = 180_000;

/** The first message of a lane, if its consumer has delivered it before. */
interface Suspect {
  readonly seq: number;
  readonly sinceMs: number;
  /**
   * The consumer's last delivered sequence when the lane was found with surplus messages; undefined
   * if it had none.
   */
  readonly surplusUpTo: number | undefined;
}

export class OrphanedOrders {
  readonly #bus: Bus;
  readonly #deleteUnlessHeld: (message: WorkMessage) => Promise<void>;
  /** By subject. */
  readonly #suspects = new Map<string, Suspect>();

  /**
   * `deleteUnlessHeld` deletes a message that no worker works on; order recovery then takes over.
   */
  constructor(bus: Bus, deleteUnlessHeld: (message: WorkMessage) => Promise<void>) {
    this.#bus = bus;
    this.#deleteUnlessHeld = deleteUnlessHeld;
  }

  /**
   * Checks every lane. Messages that come and go between two answers of NATS can look like a
   * surplus, so a lane must show one in two passes in a row; with `isAfterReturn` one pass is
   * enough. Throws when NATS does not answer.
   */
  async pass(isAfterReturn: boolean): Promise<void> {
    const lanes = STAGES.flatMap((stage) => LANES.map((lane) => ({ stage, lane })));
    await Promise.all(lanes.map(({ stage, lane }) => this.#check(stage, lane, isAfterReturn)));
  }

  async #check(stage: Stage, lane: Lane, isAfterReturn: boolean): Promise<void> {
    const { manager } = this.#bus;
    const subject = workSubject(stage, lane);
    const stream = workStream(stage);
    // The consumer is read first: what is published in between has a sequence beyond `delivered`.
    const consumer = await manager.consumers.info(stream, workConsumer(stage, lane));
    const { state } = await manager.streams.info(stream, { subjects_filter: subject });
    const messages = state.subjects?.[subject] ?? 0;
    const delivered = consumer.delivered.stream_seq;
    const seq = messages === 0 ? undefined : await this.#firstFrom(stage, lane, 1);
    if (seq === undefined || seq > delivered) {
      this.#suspects.delete(subject);
      return;
    }
    const before = this.#suspects.get(subject);
    const isSurplus = hasSurplus(messages, consumer);
    const nowMs = Date.now();
    this.#suspects.set(subject, {
      seq,
      sinceMs: before?.seq === seq ? before.sinceMs : nowMs,
      surplusUpTo: isSurplus ? delivered : undefined,
    });
    const upTo = isAfterReturn ? delivered : before?.surplusUpTo;
    if (isSurplus && upTo !== undefined) await this.#deleteUpTo(stage, lane, upTo);
    // A consumer that still waits for the ack of a message that is gone hides a surplus of one.
    else if (before?.seq === seq && nowMs - before.sinceMs > ORPHANED_AFTER_MS) {
      this.#suspects.delete(subject);
      await this.#deleteUnlessHeld({ stage, seq });
    }
  }

  /**
   * Some of these may still be delivered; deleting one is harmless, because its job gets another.
   */
  async #deleteUpTo(stage: Stage, lane: Lane, last: number): Promise<void> {
    let seq = await this.#firstFrom(stage, lane, 1);
    while (seq !== undefined && seq <= last) {
      await this.#deleteUnlessHeld({ stage, seq });
      seq = await this.#firstFrom(stage, lane, seq + 1);
    }
  }

  /** Sequence of the lane's first message at or after `from`; undefined if there is none. */
  async #firstFrom(stage: Stage, lane: Lane, from: number): Promise<number | undefined> {
    const query = { seq: from, next_by_subj: workSubject(stage, lane) };
    try {
      return (await this.#bus.manager.streams.getMessage(workStream(stage), query)).seq;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

/** Whether a lane has messages that its consumer neither has to deliver nor waits for an ack of. */
function hasSurplus(
  messages: number,
  consumer: Pick<ConsumerInfo, "num_pending" | "num_ack_pending">,
): boolean {
  return messages > consumer.num_pending + consumer.num_ack_pending;
}
