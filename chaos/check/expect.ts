/** How a job may end, from what it is and what was done. */
import { POISON_LIMIT } from "../../pipeline/record/transitions.js";
import type { Applied } from "../faults/arena.js";
import type { JobPlan } from "../plan/job.js";
import type { Expectation } from "./evidence.js";

/** `cancelled`: whether a cancel was answered with success. Poison is for the first job of a run. */
export function expectationOf(
  plan: JobPlan,
  index: number,
  faults: readonly Applied[],
  cancelled: boolean,
): Expectation {
  const poison = index === 0 && faults.find(({ fault }) => fault.kind === "poison-job");
  const mayFailWith: string[] = [];
  if (plan.isCorrupt) mayFailWith.push("IMAGE_CORRUPT");
  if (poison) mayFailWith.push("POISONED");
  const isDeadly = plan.isCorrupt || (poison && poison.strikes >= POISON_LIMIT);
  return { mayFailWith, mustFail: Boolean(isDeadly), mustBeCancelled: cancelled };
}
