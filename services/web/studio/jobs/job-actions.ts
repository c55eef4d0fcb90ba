/** What a reader can do to jobs: which of it fits a job, and doing it to several at once. */
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { type Trouble, troubleOf } from "../errors/trouble.js";
import { isRunning } from "./job-state.js";

export type JobAction = "retry" | "cancel" | "delete";

/** A running job can be cancelled; an ended one deleted, and continued unless it has succeeded. */
export function actionsFor(job: JobJson): readonly JobAction[] {
  if (isRunning(job)) return ["cancel"];
  return job.state === "JOB_STATE_SUCCEEDED" ? ["delete"] : ["retry", "delete"];
}

/** The actions that fit at least one of the jobs. */
export function actionsForAll(jobs: readonly JobJson[]): readonly JobAction[] {
  const fitting = new Set(jobs.flatMap(actionsFor));
  return (["retry", "cancel", "delete"] as const).filter((action) => fitting.has(action));
}

export interface Outcome {
  readonly done: number;
  readonly refused: readonly { readonly job: JobJson; readonly trouble: Trouble }[];
}

/** So many calls are on their way at once, so that a long selection does not crowd the server. */
const AT_ONCE = 4;

/** Does it to each job; those that are refused keep no other from being done. */
export async function actOnEach(
  jobs: readonly JobJson[],
  act: (job: JobJson) => Promise<void>,
): Promise<Outcome> {
  const waiting = [...jobs];
  const refused: { job: JobJson; trouble: Trouble }[] = [];
  const workThrough = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      try {
        await act(job);
      } catch (error) {
        refused.push({ job, trouble: troubleOf(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, workThrough));
  return { done: jobs.length - refused.length, refused };
}
