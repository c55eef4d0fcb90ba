/**
 * Reads what a stream has of some subjects, no faster than the reader takes it, by a consumer of
 * its own. A reader that takes long loses its consumer, and goes on with another one.
 */
import { AckPolicy, type Consumer, DeliverPolicy, type JsMsg, nanos, ReplayPolicy } from "nats";
import { DepthmeshError } from "../../core/errors.js";
import type { Bus } from "./connect.js";

export interface StreamRange {
  readonly stream: string;
  readonly subject: string;
  /** Sequence: messages after it are read. */
  readonly after: number;
  /** That are asked for at a time; twice as many are in memory. 256 by default. */
  readonly batchMessages?: number;
  /** nats-server forgets a consumer that nobody asks for so long; a minute by default. */
  readonly forgetMs?: number;
}

const BATCH_MESSAGES = 256;
const FORGET_MS = 60_000;
const FETCH_MS = 5_000;
/** How often in a row nothing may come, although something is there. */
const MAX_EMPTY = 3;

/**
 * Yields the messages that exist, in their order, and ends with the last of them. Two batches are
 * in memory, unlike a watch, which takes all that nats-server sends. Throws BUS_UNAVAILABLE.
 */
export async function* readStream(
  bus: Bus,
  range: StreamRange,
  signal?: AbortSignal,
): AsyncGenerator<JsMsg> {
  const progress = { after: range.after, empty: 0 };
  for (let isOver = false; !isOver; ) {
    isOver = yield* readOn(bus, { ...range, after: progress.after }, progress, signal);
  }
}

interface Progress {
  /** Sequence of the last message that was yielded. */
  after: number;
  /** How often in a row nothing has come. */
  empty: number;
}

/** Whether all were read; false if the consumer is gone. */
async function* readOn(
  bus: Bus,
  range: StreamRange,
  progress: Progress,
  signal: AbortSignal | undefined,
): AsyncGenerator<JsMsg, boolean> {
  const { stream, subject, after, batchMessages = BATCH_MESSAGES, forgetMs = FORGET_MS } = range;
  const { name, num_pending } = await bus.manager.consumers.add(stream, {
    filter_subject: subject,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: after + 1,
    ack_policy: AckPolicy.None,
    replay_policy: ReplayPolicy.Instant,
    inactive_threshold: nanos(forgetMs),
    mem_storage: true,
    num_replicas: 1,
  });
  try {
    const consumer = await bus.jetstream.consumers.get(stream, name);
    const begin = (left: number) => {
      const messages = fetchSome(consumer, Math.min(left, batchMessages));
      // Looked at in its turn; until then it must not count as unhandled.
      messages.catch(() => {});
      return messages;
    };
    let left = num_pending;
    let next = left > 0 ? begin(left) : undefined;
    while (next && !signal?.aborted) {
      const messages = await next;
      const last = messages.at(-1);
      // Messages that were removed meanwhile do not come.
      left = last ? last.info.pending : (await consumer.info()).num_pending;
      if (!last && left > 0) noteNothing(progress);
      next = left > 0 ? begin(left) : undefined;
      for (const message of messages) {
        Object.assign(progress, { after: message.seq, empty: 0 });
        yield message;
      }
    }
    return true;
  } catch (error) {
    noteNothing(progress, error);
    return false;
  } finally {
    await bus.manager.consumers.delete(stream, name).catch(() => {});
  }
}

async function fetchSome(consumer: Consumer, max_messages: number): Promise<JsMsg[]> {
  const found: JsMsg[] = [];
  const messages = await consumer.fetch({ max_messages, expires: FETCH_MS });
  for await (const message of messages) found.push(message);
  return found;
}

/** Throws BUS_UNAVAILABLE if that has happened too often in a row. */
function noteNothing(progress: Progress, cause?: unknown): void {
  if (cause instanceof DepthmeshError) throw cause;
  progress.empty += 1;
  if (progress.empty < MAX_EMPTY) return;
  throw new DepthmeshError("BUS_UNAVAILABLE", "NATS sends nothing of a stream", { cause });
}
