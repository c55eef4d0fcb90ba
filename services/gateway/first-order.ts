/** The order that a new record begins with. */
import type { Patience } from "../../kit/bus/patience.js";
import type { Stage } from "../../kit/bus/subjects.js";
import { DepthmeshError, toDepthmeshError } from "../../kit/errors.js";
import { publishDecided } from "../../kit/jobs/outbox.js";
import type { JobRecord } from "../../kit/jobs/record.js";
import type { JobStore } from "../../kit/jobs/store.js";
import type { GatewayContext } from "./context.js";

/** Of all that a new job asks of NATS when its files are there, so that a caller is refused within two seconds. */
export const BUS_PATIENCE_MS = 1_800;

/** Throws QUEUE_FULL; the record is gone then. */
export async function publishFirstOrder(
  { bus, store, log }: GatewayContext,
  record: JobRecord,
  stage: Stage,
  patience: Patience,
): Promise<void> {
  try {
    await patience.wait(() => publishDecided(bus, record, stage));
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

/** The record that an equal call beside this one has made. Throws QUEUE_FULL where that call was refused meanwhile. */
export async function recordOfEqualCall(store: JobStore, id: string): Promise<JobRecord> {
  const found = await store.read(id);
  if (found) return found.record;
  throw new DepthmeshError("QUEUE_FULL", "the same request beside this one was refused");
}
