/** Reads what a stream has, no faster than the reader takes it. */
import { AckPolicy, DeliverPolicy, type JsMsg, ReplayPolicy } from "nats";
import type { Bus } from "./connect.js";

export interface StreamRange {
  readonly stream: string;
  readonly subject: string;
  /** Sequence: messages after it are read. */
  readonly after: number;
}

const BATCH_MESSAGES = 256;
/** A consumer that nobody asks for so long is removed by nats-server. */
const IDLE_NS = 60_000_000_000;
const FETCH_MS = 5_000;

/**
 * Yields the messages that exist, in their order, and ends with the last of them. A batch at a time
 * is in memory, unlike a watch, which takes all that nats-server sends. Throws BUS_UNAVAILABLE.
 */
export async function* readStream(
  bus: Bus,
  { stream, subject, after }: StreamRange,
  signal: AbortSignal,
): AsyncGenerator<JsMsg> {
  const { name } = await bus.manager.consumers.add(stream, {
    filter_subject: subject,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: after + 1,
    ack_policy: AckPolicy.None,
    replay_policy: ReplayPolicy.Instant,
    inactive_threshold: IDLE_NS,
    mem_storage: true,
    num_replicas: 1,
  });
  try {
    const consumer = await bus.jetstream.consumers.get(stream, name);
    let { num_pending: left } = await consumer.info();
    while (left > 0 && !signal.aborted) {
      const max = Math.min(BATCH_MESSAGES, left);
      const messages = await consumer.fetch({ max_messages: max, expires: FETCH_MS });
      let received = 0;
      for await (const message of messages) {
        received += 1;
        left = message.info.pending;
        yield message;
        if (received === max) break;
      }
      // Messages that were removed meanwhile do not come.
      if (received === 0) left = (await consumer.info()).num_pending;
    }
  } finally {
    await bus.manager.consumers.delete(stream, name).catch(() => {});
  }
}
