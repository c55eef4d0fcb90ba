/** Cancelling: first the record, then the hint that makes workers look at it. */
import { DepthmeshError } from "../../core/errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { cancelSubject } from "../topology/names.js";
import { cancel } from "./endings.js";
import type { JobRecord } from "./record.js";
import { type JobStore, updateRecord } from "./store.js";

/** Idempotent on a cancelled job. Throws JOB_NOT_FOUND, or JOB_ALREADY_TERMINAL on a job that ended otherwise. */
export async function cancelJob(bus: Bus, store: JobStore, id: string): Promise<JobRecord> {
  const { record } = await updateRecord(store, id, (current) => cancel(current, Date.now()));
  if (record.state !== "CANCELLED") {
    throw new DepthmeshError("JOB_ALREADY_TERMINAL", `the job is ${record.state.toLowerCase()}`, {
      metadata: { job: id, state: record.state },
    });
  }
  bus.connection.publish(cancelSubject(id));
  return record;
}
