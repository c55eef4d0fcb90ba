/** Publishing the order that a record has decided: again if need be, it stays the same order. */
import type { Bus } from "../bus/connect.js";
import { publishOrder } from "../bus/order.js";
import type { Stage } from "../bus/subjects.js";
import { inSpan, SpanKind } from "../telemetry/tracing.js";
import { type JobRecord, withStage } from "./record.js";
import type { JobStore } from "./store.js";

/** Publish `stage`'s decided order, and note its stream sequence in the record. Does nothing where none is decided. */
export async function publishDecided(
  bus: Bus,
  store: JobStore,
  record: JobRecord,
  stage: Stage,
): Promise<void> {
  const ref = record.stages[stage].order;
  if (!ref) return;
  const { id: orderId, generation, address } = ref;
  const order = { job: record.id, stage, generation, orderId };
  const attributes = { "messaging.system": "nats", "depthmesh.job": record.id };
  const { seq } = await inSpan(`publish ${stage}`, { kind: SpanKind.PRODUCER, attributes }, () =>
    publishOrder(bus, address === undefined ? order : { ...order, address }, record.lane),
  );
  await store.update(record.id, (current) => {
    const decided = current.stages[stage].order;
    if (decided?.id !== orderId || decided.seq === seq) return undefined;
    return withStage(current, stage, { order: { ...decided, seq } });
  });
}
