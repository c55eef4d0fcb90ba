/** The order that a new record begins with. */
import type { Stage } from "../../kit/bus/subjects.js";
import { toDepthmeshError } from "../../kit/errors.js";
import { publishDecided } from "../../kit/jobs/outbox.js";
import type { JobRecord } from "../../kit/jobs/record.js";
import type { GatewayContext } from "./context.js";

/** Throws QUEUE_FULL; the record is gone then. */
export async function publishFirstOrder(
  { bus, store, log }: GatewayContext,
  record: JobRecord,
  stage: Stage,
): Promise<void> {
  try {
    await publishDecided(bus, record, stage);
  } catch (error) {
    if (toDepthmeshError(error).reason === "QUEUE_FULL") {
      // Its blobs may be another job's too: the sweep takes what nobody names.
      await store.remove(record.id);
      throw error;
    }
    // The record is durable and names its order: the reconciler publishes it.
    log.warn({ err: error, job: record.id }, "first order not published yet");
  }
}
