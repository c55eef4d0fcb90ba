/** The metrics of jobs, told where a record changes. */
import { measure } from "../../kit/telemetry/metrics.js";
import { isSegment, isTerminal, type JobRecord } from "./record.js";

/**
 * Call it after a compare-and-set has succeeded: of all processes only the one that has ended a job
 * sees its end here, so that each job counts once.
 */
export function measureEnd(before: JobRecord, after: JobRecord): void {
  if (isTerminal(before) || !isTerminal(after) || isSegment(after)) return;
  const endedAtMs = after.history.at(-1)?.atMs ?? after.updatedAtMs;
  const seconds = Math.max(0, endedAtMs - after.createdAtMs) / 1000;
  measure("depthmesh.job.duration", seconds, { "depthmesh.job.state": after.state });
}
