/**
 * Invariants between two versions of a job record, written independently of the transition rules.
 */

import type { Order } from "../../pipeline/orders/order.js";
import { isTerminal, type JobRecord } from "../../pipeline/record/record.js";
import { STAGES } from "../../pipeline/stages.js";

/**
 * Violations in a worker's change of the record. `token` is the lease that the worker believes it
 * holds.
 */
export function wrongChange(
  before: JobRecord,
  after: JobRecord,
  { stage, generation }: Order,
  token: string,
): string[] {
  const wrong: string[] = [];
  if (isTerminal(before) && after !== before) wrong.push("a job that has ended was changed");
  for (const name of STAGES) {
    if (after.progress[name] < before.progress[name]) wrong.push(`progress of ${name} went back`);
  }
  const isCommit = after.stages[stage].done && !before.stages[stage].done;
  const isEnd = isTerminal(after) && !isTerminal(before);
  if (isCommit || isEnd) {
    if (before.stages[stage].lease?.token !== token) wrong.push(`${stage}: a stale token acted`);
    const isOld = stage === "encode" && generation !== before.generation;
    if (isCommit && isOld) wrong.push("frames of an earlier generation were committed");
  }
  return wrong;
}

/** Violations when a worker takes a stage. */
export function wrongTake(
  before: JobRecord,
  order: Order,
  leaseMs: number,
  nowMs: number,
): string[] {
  const { done, lease } = before.stages[order.stage];
  if (isTerminal(before) || done) return ["a stage that needs no work was taken"];
  const hasInput = order.stage === "depth" || before.stages.depth.done;
  if (!hasInput) return [`${order.stage} was taken before depth was done`];
  if (!lease || lease.untilMs <= nowMs) return [];
  const isAnother = lease.orderId !== order.orderId;
  const isRenewed = nowMs - lease.renewedAtMs < leaseMs / 2;
  return isAnother || isRenewed ? ["the stage was taken from a worker that is alive"] : [];
}
