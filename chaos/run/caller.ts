/** What the caller of one job does: submit it until it is accepted, perhaps ask again, perhaps cancel it. */
import { setTimeout as sleep } from "node:timers/promises";
import { type JobPlan, specOf } from "../plan/job.js";
import { breakPixels, drawPhoto } from "../plan/photo.js";
import type { PersistentClient } from "./client.js";

/** A job as its caller knows it. */
export interface Submitted {
  readonly plan: JobPlan;
  readonly id: string;
  /** A cancel was answered with success. */
  readonly cancelled: boolean;
  /** What the caller was told wrongly. */
  readonly complaints: readonly string[];
}

/** Resolves when all of it is answered. Throws what asking again does not mend, and the signal's reason. */
export async function callFor(
  client: PersistentClient,
  plan: JobPlan,
  requestId: string,
  accepted: (id: string) => void,
  signal: AbortSignal,
): Promise<Submitted> {
  const whole = await drawPhoto(plan.photoSeed);
  const photo = plan.isCorrupt ? breakPixels(whole) : whole;
  const request = { id: requestId, spec: specOf(plan), photo };
  await sleep(plan.submitAtMs, undefined, { signal });
  const { name } = await client.createJob(request, signal);
  const id = name.slice("jobs/".length);
  accepted(id);
  const complaints: string[] = [];
  if (plan.isRepeated) {
    const again = await client.createJob(request, signal);
    if (again.name !== name) complaints.push(`the same request made ${again.name} too`);
  }
  if (plan.cancelAfterMs === undefined) return { plan, id, cancelled: false, complaints };
  await sleep(plan.cancelAfterMs, undefined, { signal });
  return { plan, id, cancelled: await client.cancelJob(name, signal), complaints };
}
