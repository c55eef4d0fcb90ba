/** Applies each kind of fault to a mesh and undoes it. */

import { pause } from "../../kit/async/delay.js";
import type { CutFault, DiskFault, Fault } from "../plan/fault.js";
import { restartGateway, stepDown, strikeNode, strikeStore } from "./cluster-faults.js";
import { type AppliedFault, outcomeOf, type StrikeContext } from "./context.js";
import { delayOrder, duplicateOrder } from "./order-faults.js";
import { killBus, poisonFirstJob, signalProcess, strikeAtFailpoint } from "./process-faults.js";

/** Resolves when the fault is undone, or when the run ended before it could strike. */
export function applyFault(context: StrikeContext, fault: Fault): Promise<AppliedFault> {
  switch (fault.kind) {
    case "failpoint":
      return strikeAtFailpoint(context, fault);
    case "signal":
      return signalProcess(context, fault);
    case "bus-kill":
      return killBus(context, fault);
    case "cut":
      return cutLink(context, fault);
    case "duplicate-order":
      return duplicateOrder(context, fault);
    case "delayed-order":
      return delayOrder(context, fault);
    case "full-disk":
      return fillDisk(context, fault);
    case "poison-job":
      return poisonFirstJob(context, fault);
    case "rolling-restart":
      return restartGateway(context, fault);
    case "node":
      return strikeNode(context, fault);
    case "step-down":
      return stepDown(context, fault);
    case "store":
      return strikeStore(context, fault);
  }
}

export async function cutLink(
  { lab, over }: StrikeContext,
  fault: CutFault,
): Promise<AppliedFault> {
  await pause(fault.atMs, over);
  if (over.aborted) return outcomeOf(fault, 0);
  const link = lab.link(fault.link);
  if (fault.how === "stall") link.stall();
  else link.reset();
  await pause(fault.holdMs);
  link.heal();
  return outcomeOf(fault, 1);
}

export async function fillDisk(
  { lab, over }: StrikeContext,
  fault: DiskFault,
): Promise<AppliedFault> {
  const disk = lab.disk(fault.disk);
  if (!disk?.canBeFull) return { ...outcomeOf(fault, 0), outcome: "skipped" };
  await pause(fault.atMs, over);
  if (over.aborted) return outcomeOf(fault, 0);
  await disk.fill();
  await pause(fault.holdMs);
  await disk.free();
  return outcomeOf(fault, 1);
}
