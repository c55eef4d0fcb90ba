/** DeleteJob: a job that has ended is forgotten before its time. */
import { DepthmeshError } from "../../core/errors.js";
import { isTerminal } from "../../pipeline/record/record.js";
import type { GatewayContext } from "./context.js";
import type { Maintenance } from "./maintenance/maintenance.js";
import { readRecord } from "./read-job.js";

/** Its files go with the next sweep, but those that a cache names, which forgets them by itself. Throws JOB_NOT_FOUND, or JOB_NOT_READY for a job that has not ended. */
export async function deleteJob(
  context: GatewayContext,
  worker: Maintenance,
  name: string,
): Promise<void> {
  const record = await readRecord(context, name);
  if (!isTerminal(record)) {
    throw new DepthmeshError("JOB_NOT_READY", "the job has not ended: cancel it first", {
      metadata: { job: record.id, state: record.state },
    });
  }
  // A record that goes at once may take its end with it, unheard by every watch.
  await worker.untilTold(record);
  await context.store.remove(record.id);
}
