/** Reads the messages of one subject of a stream, in their order, by a consumer of its own. */
import { AckPolicy, type Consumer, DeliverPolicy, nanos } from "nats";
import { DepthmeshError } from "../../core/errors.js";
import type { Bus } from "../nats/connect.js";

/** 2 MiB are asked for at a time, while those before are taken. */
const CHUNKS_AT_ONCE = 16;
const FETCH_MS = 5_000;
/** The server forgets a consumer that nobody asks for so long. */
const FORGET_MS = 30_000;
/** How often in a row nothing may come. */
const MAX_EMPTY = 3;

export interface ChunkSource {
  readonly bus: Bus;
  readonly stream: string;
  readonly subject: string;
  /** Stream sequence of the first message; by default the first one of the subject. */
  readonly start?: { readonly sequence: number } | undefined;
}

/** Ends when the stream has no more messages of the subject. Throws BUS_UNAVAILABLE. */
export async function* chunksFrom(source: ChunkSource): AsyncGenerator<Uint8Array> {
  const { bus, stream, subject, start } = source;
  const { manager } = bus;
  const { name, num_pending } = await manager.consumers.add(stream, {
    filter_subject: subject,
    ack_policy: AckPolicy.None,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanos(FORGET_MS),
    ...(start
      ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: start.sequence }
      : { deliver_policy: DeliverPolicy.All }),
  });
  try {
    const consumer = await bus.jetstream.consumers.get(stream, name);
    let left = num_pending;
    let next = left > 0 ? fetchSome(consumer, left) : undefined;
    for (let empty = 0; next; ) {
      const messages = await next;
      empty = messages.length > 0 ? 0 : empty + 1;
      if (empty >= MAX_EMPTY) throw tooSlow();
      left -= messages.length;
      next = left > 0 ? fetchSome(consumer, left) : undefined;
      // Looked at in its turn; until then it must not count as unhandled.
      next?.catch(() => {});
      yield* messages;
    }
  } finally {
    await manager.consumers.delete(stream, name).catch(() => {});
  }
}

async function fetchSome(consumer: Consumer, left: number): Promise<Uint8Array[]> {
  const max_messages = Math.min(left, CHUNKS_AT_ONCE);
  const messages = await consumer.fetch({ max_messages, expires: FETCH_MS });
  const found: Uint8Array[] = [];
  for await (const message of messages) found.push(message.data);
  return found;
}

function tooSlow(): DepthmeshError {
  return new DepthmeshError("BUS_UNAVAILABLE", "NATS sends no chunk of a blob");
}
