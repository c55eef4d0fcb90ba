/**
 * Publishes the first order of a new job record, for CreateJob, RetryJob and RedriveDeadLetter. If
 * the stage's queue is full, it removes the record again, unless a worker or an identical call has
 * already used it.
 */
import { DepthmeshError, toDepthmeshError } from "../../../core/errors.js";
import { TimeBudget } from "../../../kit/async/deadline.js";
import { publishDecidedOrder } from "../../../pipeline/orders/order.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import { type JobStore, updateRecord } from "../../../pipeline/record/store.js";
import type { Stage } from "../../../pipeline/stages.js";
import type { GatewayContext } from "../context.js";

/**
 * Time budget of all requests to NATS that create one job, once its files are received: a caller is
 * refused within two seconds.
 */
export const BUS_BUDGET_MS = 1_800;

/** A new budget; it throws BUS_UNAVAILABLE when it is used up. */
export function busBudget(): TimeBudget {
  const late = () => new DepthmeshError("BUS_UNAVAILABLE", "NATS did not answer in time");
  return new TimeBudget(BUS_BUDGET_MS, late);
}

/**
 * Throws QUEUE_FULL after it has removed the record. A record that an identical call has meanwhile
 * answered with stays, and the reconciler publishes its order later. `revision` is the record's.
 */
export async function publishFirstOrder(
  { bus, store, log }: GatewayContext,
  record: JobRecord,
  stage: Stage,
  budget: TimeBudget,
  revision?: number,
): Promise<void> {
  try {
    await budget.wait(() => publishDecidedOrder(bus, record, stage, revision));
  } catch (error) {
    const isFull = toDepthmeshError(error).reason === "QUEUE_FULL";
    if (isFull && (await removeUnacknowledged(store, record.id))) throw error;
    // The record is durable and contains its order, so the reconciler publishes it.
    log.warn({ err: error, job: record.id }, "first order not published; the reconciler retries");
  }
}

/**
 * The record that an earlier or concurrent identical call has created. Marks it as acknowledged
 * (its `updatedAtMs` changes), so that it is no longer removed when the queue is full, and makes
 * the change `join`, if that changes anything. Throws QUEUE_FULL if that call was refused in the
 * meantime and has removed the record.
 */
export async function acknowledgeRecord(
  store: JobStore,
  id: string,
  join: (record: JobRecord) => JobRecord | undefined = () => undefined,
): Promise<JobRecord> {
  try {
    const { record } = await updateRecord(store, id, (current) => {
      const joined = join(current);
      const next = joined ?? current;
      return isUnacknowledged(next) ? { ...next, updatedAtMs: next.updatedAtMs + 1 } : joined;
    });
    return record;
  } catch (error) {
    if (toDepthmeshError(error).reason !== "JOB_NOT_FOUND") throw error;
    throw new DepthmeshError("QUEUE_FULL", "an identical concurrent request was refused");
  }
}

/**
 * Removes a record that no caller and no worker has seen; true if it is gone. Its blobs stay,
 * because another job may use the same ones: the sweep removes those that nothing references.
 */
export async function removeUnacknowledged(store: JobStore, id: string): Promise<boolean> {
  const current = await store.read(id);
  if (!current) return true;
  return isUnacknowledged(current.record) && store.remove(id, current.revision);
}

/**
 * The record is as it was created: no worker has taken the job, no identical call has answered with
 * it.
 */
export function isUnacknowledged({ state, createdAtMs, updatedAtMs }: JobRecord): boolean {
  return state === "QUEUED" && updatedAtMs === createdAtMs;
}
