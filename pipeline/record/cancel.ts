/**
 * Cancels a job (rule 10 in docs/decisions): writes the end into the record first, then publishes a
 * NATS message that makes the worker with the lease read the record at once.
 */
import { DepthmeshError } from "../../core/errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { cancelSubject } from "../topology/names.js";
import { cancel } from "./endings.js";
import type { JobRecord } from "./record.js";
import { type JobStore, updateRecord } from "./store.js";

/**
 * Does nothing to a job that is cancelled already. Throws JOB_NOT_FOUND, and JOB_ALREADY_TERMINAL
 * for a job that ended in another state.
 */
export async function cancelJob(bus: Bus, store: JobStore, id: string): Promise<JobRecord> {
  const { record } = await updateRecord(store, id, (current) => cancel(current, Date.now()));
  if (record.state !== "CANCELLED") {
    throw new DepthmeshError(
      "JOB_ALREADY_TERMINAL",
      `the job has already ended: it is ${record.state}`,
      {
        metadata: { job: id, state: record.state },
      },
    );
  }
  bus.connection.publish(cancelSubject(id));
  return record;
}
