/** An order: what is to be done and where its input is. It only triggers; the job record is the truth. */
import { headers, type JsMsg } from "nats";
import { z } from "zod";
import { DepthmeshError } from "../../core/errors.js";
import { isNotFound, isSubjectFull } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { injectHeaders } from "../../kit/telemetry/propagation.js";
import { inSpan, SpanKind } from "../../kit/telemetry/tracing.js";
import type { JobRecord } from "../record/record.js";
import { type Lane, STAGES, type Stage } from "../stages.js";
import { nudgeSubject, workStream, workSubject } from "../topology/names.js";

const orderSchema = z.object({
  job: z.string(),
  stage: z.enum(STAGES),
  generation: z.number().int(),
  /** Chosen in the compare-and-set that decides to publish; it is the Nats-Msg-Id, so a repeat is the same order. */
  orderId: z.string(),
  /** host:port of the renderer that serves the frames; on encode orders only. */
  address: z.string().optional(),
});
export type Order = z.infer<typeof orderSchema>;

/** The order in a message; undefined when the message is no order of ours. */
export function parseOrder(message: Pick<JsMsg, "json">): Order | undefined {
  try {
    return orderSchema.safeParse(message.json()).data;
  } catch {
    return undefined;
  }
}

/** What the stream says of an order. */
export interface OrderReceipt {
  readonly seq: number;
  /**
   * The server remembers an order of this id and has taken no second one: `seq` is the first one's, which may have been
   * worked on and acked since.
   */
  readonly duplicate: boolean;
}

/** Publish and nudge waiting workers. Repeating it is safe. Throws QUEUE_FULL or BUS_UNAVAILABLE. */
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
    return { seq, duplicate };
  } catch (error) {
    if (isSubjectFull(error)) throw await queueFull(bus, order.stage, lane, error);
    throw error;
  }
}

async function queueFull(bus: Bus, stage: Stage, lane: Lane, cause: unknown) {
  // As the stream has it: whoever made it may have had another setting.
  const info = await bus.manager.streams.info(workStream(stage)).catch(() => undefined);
  const limit = info && { limit_orders: String(info.config.max_msgs_per_subject) };
  return new DepthmeshError("QUEUE_FULL", `the ${lane} lane of the ${stage} queue is full`, {
    metadata: { lane, ...limit },
    cause,
  });
}

/** The orders of a lane, oldest first. Each is asked for by itself: some thousand a second. */
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
      yield { seq: message.seq, order: parseOrder(message) };
      from = message.seq + 1;
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Whether the stream still holds an order that was published with this sequence. */
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
 * Publish `stage`'s decided order. Undefined where none is decided. Throws QUEUE_FULL, BUS_UNAVAILABLE. The record learns
 * of the order's place in the stream from the worker that takes it.
 */
export async function publishDecidedOrder(
  bus: Bus,
  record: JobRecord,
  stage: Stage,
): Promise<number | undefined> {
  const ref = record.stages[stage].order;
  if (!ref) return undefined;
  const { id: orderId, generation, address } = ref;
  const order = { job: record.id, stage, generation, orderId };
  const attributes = { "messaging.system": "nats", "depthmesh.job": record.id };
  const { seq } = await inSpan(`publish ${stage}`, { kind: SpanKind.PRODUCER, attributes }, () =>
    publishOrder(bus, address === undefined ? order : { ...order, address }, record.lane),
  );
  return seq;
}
