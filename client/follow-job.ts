/** The events of a job over broken connections. */
import { DepthmeshError } from "../core/errors.js";
import { Patience, type PatienceOptions } from "../kit/rpc/patience.js";
import type { JobEvent } from "../proto/gen/depthmesh/v1/job.js";
import type { DepthmeshClient } from "./client.js";

/**
 * The events of a job after number `afterEvent`, until the job has ended: entries of its history
 * without gap or repeat, and progress between them. A connection that breaks is made again. Throws
 * DepthmeshError, and the signal's reason when it fires.
 */
export async function* followJob(
  client: Pick<DepthmeshClient, "watchJob">,
  name: string,
  afterEvent = 0,
  options: PatienceOptions = {},
): AsyncGenerator<JobEvent> {
  const patience = new Patience(options);
  let last = afterEvent;
  for (;;) {
    try {
      for await (const event of client.watchJob(name, last, options.signal)) {
        patience.answered();
        if (event.kind?.$case === "stateChange") {
          if (event.number <= last) continue;
          last = event.number;
        }
        yield event;
      }
      return;
    } catch (error) {
      if (!(error instanceof DepthmeshError)) throw error;
      await patience.after(error);
    }
  }
}
