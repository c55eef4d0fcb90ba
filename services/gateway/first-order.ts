/** The order that a new record begins with. */

import { DepthmeshError, toDepthmeshError } from "../../core/errors.js";
import type { TimeBudget } from "../../kit/nats/time-budget.js";
import type { Stage } from "../../pipeline/nats/subjects.js";
import { publishDecidedOrder } from "../../pipeline/orders/publish-decided-order.js";
import type { JobRecord } from "../../pipeline/record/record.js";
import { type JobStore, updateRecord } from "../../pipeline/record/store.js";
import type { GatewayContext } from "./context.js";

/** Of all that a new job asks of NATS when its files are there, so that a caller is refused within two seconds. */
export const BUS_BUDGET_MS = 1_800;

/** Throws QUEUE_FULL; the record is gone then. One that an equal call was told of meanwhile stays, and gets its order later. */
export async function publishFirstOrder(
  { bus, store, log }: GatewayContext,
  record: JobRecord,
  stage: Stage,
  budget: TimeBudget,
): Promise<void> {
  try {
    await budget.wait(() => publishDecidedOrder(bus, record, stage));
  } catch (error) {
    const isFull = toDepthmeshError(error).reason === "QUEUE_FULL";
    if (isFull && (await takeBack(store, record.id))) throw error;
    // The record is durable and names its order: the reconciler publishes it.
    log.warn({ err: error, job: record.id }, "first order not published yet");
  }
}

/**
 * The record that an equal call beside this one has made, or an earlier one: from now on it is not taken back. Throws
 * QUEUE_FULL where that call was refused meanwhile.
 */
export async function recordOfEqualCall(store: JobStore, id: string): Promise<JobRecord> {
  try {
    const { record } = await updateRecord(store, id, (current) =>
      isUnacknowledged(current) ? { ...current, updatedAtMs: current.updatedAtMs + 1 } : undefined,
    );
    return record;
  } catch (error) {
    if (toDepthmeshError(error).reason !== "JOB_NOT_FOUND") throw error;
    throw new DepthmeshError("QUEUE_FULL", "the same request beside this one was refused");
  }
}

/** Remove a record that nobody was told of. Its blobs may be another job's too: the sweep takes what nobody names. */
export async function takeBack(store: JobStore, id: string): Promise<boolean> {
  const standing = await store.read(id);
  if (!standing) return true;
  return isUnacknowledged(standing.record) && store.remove(id, standing.revision);
}

/** Nobody has written it since it was made: no worker has taken it, and no equal call has answered with it. */
export function isUnacknowledged({ state, createdAtMs, updatedAtMs }: JobRecord): boolean {
  return state === "QUEUED" && updatedAtMs === createdAtMs;
}
