/**
 * Orders: the messages in the work streams that tell a worker which stage of which job to work on.
 * Their format, publishing, and reading. An order only triggers work; the job record decides what
 * is done (rule 1 in docs/decisions).
 */
import { headers, type JsMsg } from "nats";
import { z } from "zod";
import { DepthmeshError } from "../../core/errors.js";
import { isNotFound, isSubjectFull } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { injectHeaders, inSpan, SpanKind } from "../../kit/telemetry/tracing.js";
import type { JobRecord } from "../record/record.js";
import { type Lane, STAGES, type Stage } from "../stages.js";
import { nudgeSubject, workStream, workSubject } from "../topology/names.js";
import { countPublished } from "../worker/stage-metrics.js";

const orderSchema = z.object({
  job: z.string(),
  stage: z.enum(STAGES),
  generation: z.number().int(),
  /**
   * Chosen in the compare-and-set that decides the order; also the Nats-Msg-Id, so that publishing
   * it again makes no second order.
   */
  orderId: z.string(),
  /** host:port of the renderer that serves the frames; encode orders only. */
  address: z.string().optional(),
  /**
   * A revision of the job record that has what decided this order: whoever reads an older one was
   * answered by a server that does not have it yet. Orders of earlier versions have none.
   */
  recordRevision: z.number().int().positive().optional(),
});
export type Order = z.infer<typeof orderSchema>;

/**
 * The order in a message of the stream of `stage`; undefined when the message is not a valid order
 * of that stage. A worker carries out its own stage only, whoever has written into its stream.
 */
export function parseOrder(message: Pick<JsMsg, "json">, stage: Stage): Order | undefined {
  try {
    const order = orderSchema.safeParse(message.json()).data;
    return order?.stage === stage ? order : undefined;
  } catch {
    return undefined;
  }
}

/** The stream's acknowledgement of a published order. */
export interface OrderReceipt {
  readonly seq: number;
  /**
   * The server has stored an order of this id before and no second one now. `seq` is the first
   * one's, which may have been worked on and acked since.
   */
  readonly duplicate: boolean;
}

/**
 * Publishes an order and nudges waiting workers. Safe to repeat. Throws QUEUE_FULL,
 * BUS_UNAVAILABLE.
 */
export async function publishOrder(bus: Bus, order: Order, lane: Lane): Promise<OrderReceipt> {
  const hdrs = headers();
  injectHeaders(hdrs);
  const payload = JSON.stringify(order);
  try {
    const { seq, duplicate } = await bus.jetstream.publish(
      workSubject(order.stage, lane),
      payload,
      {
        msgID: order.orderId,
        headers: hdrs,
      },
    );
    bus.connection.publish(nudgeSubject(order.stage), lane);
    countPublished(order.stage);
    return { seq, duplicate };
  } catch (error) {
    if (isSubjectFull(error)) throw await queueFull(bus, order.stage, lane, error);
    throw error;
  }
}

async function queueFull(bus: Bus, stage: Stage, lane: Lane, cause: unknown) {
  // From the stream, because the gateway may run with another setting than this process.
  const info = await bus.manager.streams.info(workStream(stage)).catch(() => undefined);
  const limit = info && { limit_orders: String(info.config.max_msgs_per_subject) };
  return new DepthmeshError("QUEUE_FULL", `the ${lane} lane of the ${stage} queue is full`, {
    metadata: { lane, ...limit },
    cause,
  });
}

/**
 * The orders of a lane, oldest first. Makes one request per order: some thousand orders per second.
 */
export async function* readOrders(
  { manager }: Bus,
  stage: Stage,
  lane: Lane,
): AsyncGenerator<{ readonly seq: number; readonly order: Order | undefined }> {
  const next_by_subj = workSubject(stage, lane);
  let from = 1;
  try {
    for (;;) {
      const query = { seq: from, next_by_subj };
      const message = await manager.streams.getMessage(workStream(stage), query);
      yield { seq: message.seq, order: parseOrder(message, stage) };
      from = message.seq + 1;
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Whether the stream still holds the order of this sequence. */
export async function orderExists(bus: Bus, stage: Stage, seq: number): Promise<boolean> {
  try {
    await bus.manager.streams.getMessage(workStream(stage), { seq });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/**
 * Publishes the order that the record has decided for `stage`, and returns its sequence in the
 * stream; undefined when none is decided. The sequence is not stored here: the worker that takes
 * the order writes it into the record. `recordRevision` is a revision of the record that has the
 * order, where the caller knows one. Throws QUEUE_FULL, BUS_UNAVAILABLE.
 */
export async function publishDecidedOrder(
  bus: Bus,
  record: JobRecord,
  stage: Stage,
  recordRevision?: number,
): Promise<number | undefined> {
  const ref = record.stages[stage].order;
  if (!ref) return undefined;
  const { id: orderId, generation, address } = ref;
  const order: Order = {
    ...{ job: record.id, stage, generation, orderId },
    ...(address !== undefined && { address }),
    ...(recordRevision !== undefined && { recordRevision }),
  };
  const attributes = { "messaging.system.name": "nats", "depthmesh.job": record.id };
  const { seq } = await inSpan(`publish ${stage}`, { kind: SpanKind.PRODUCER, attributes }, () =>
    publishOrder(bus, order, record.lane),
  );
  return seq;
}
