/** Converts several photos at once and reports each of them; a failure does not stop the rest. */
import { type DepthmeshError, toDepthmeshError } from "../core/errors.js";
import { WeightedSemaphore } from "../kit/async/semaphore.js";
import type { Connection } from "./connect.js";
import { type Conversion, convertOne, isInterruption } from "./convert-one.js";
import type { ConvertPlan } from "./convert-plan.js";
import { isBroken, isInterrupted } from "./interrupt.js";
import { batchView } from "./progress.js";

/** Enough that each stage has a photo to work on, and few enough uploads for any gateway. */
const AT_ONCE = 4;

export type Outcome = { readonly plan: ConvertPlan } & (
  | { readonly state: "done"; readonly conversion: Conversion }
  | { readonly state: "failed"; readonly error: DepthmeshError; readonly job: string | undefined }
  | { readonly state: "interrupted"; readonly job: string | undefined }
);

/** The outcome of each plan, in their order. Never throws. */
export async function convertMany(
  connection: Connection,
  plans: readonly ConvertPlan[],
): Promise<Outcome[]> {
  const places = new WeightedSemaphore(AT_ONCE);
  const view = batchView(plans.length);
  const { signal } = connection;
  const outcomes = plans.map(async (plan) => {
    const leave = await places.enter(1, signal).catch(() => undefined);
    if (!leave) return endedBy(signal, plan, undefined);
    const outcome = await outcomeOf(connection, plan);
    leave();
    if (outcome.state !== "interrupted") view.show(outcome);
    return outcome;
  });
  try {
    return await Promise.all(outcomes);
  } finally {
    view.close();
  }
}

/** The outcome of a plan that the end of the command or of its mesh has ended. */
function endedBy(signal: AbortSignal, plan: ConvertPlan, job: string | undefined): Outcome {
  if (isInterrupted(signal)) return { plan, state: "interrupted", job };
  return { plan, state: "failed", error: toDepthmeshError(signal.reason), job };
}

async function outcomeOf(connection: Connection, plan: ConvertPlan): Promise<Outcome> {
  let job: string | undefined;
  try {
    const onJob = ({ name }: { name: string }) => {
      job = name;
    };
    const conversion = await convertOne(connection, plan, undefined, { onJob });
    return { plan, state: "done", conversion };
  } catch (error) {
    const { signal } = connection;
    if (isInterruption(error, signal) || isBroken(signal)) return endedBy(signal, plan, job);
    return { plan, state: "failed", error: toDepthmeshError(error), job };
  }
}
