/** Publishing the order that a record has decided: again if need be, it stays the same order. */
import type { Bus } from "../../kit/nats/connect.js";
import { inSpan, SpanKind } from "../../kit/telemetry/tracing.js";
import type { Stage } from "../nats/subjects.js";
import type { JobRecord } from "../record/record.js";
import { publishOrder } from "./order.js";

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
