/** Carries a fault out and undoes it. */

import { pause } from "../../kit/async/delay.js";
import type { CutFault, DiskFault, Fault } from "../plan/fault.js";
import { type Applied, type Arena, applied } from "./arena.js";
import { delayOrder, duplicateOrder } from "./order-faults.js";
import { killBus, poisonFirstJob, signalProcess, strikeAtFailpoint } from "./process-faults.js";

/** Resolves when the fault is undone, or the run was over before it could strike. */
export function applyFault(arena: Arena, fault: Fault): Promise<Applied> {
  switch (fault.kind) {
    case "failpoint":
      return strikeAtFailpoint(arena, fault);
    case "signal":
      return signalProcess(arena, fault);
    case "bus-kill":
      return killBus(arena, fault);
    case "cut":
      return cutLink(arena, fault);
    case "duplicate-order":
      return duplicateOrder(arena, fault);
    case "delayed-order":
      return delayOrder(arena, fault);
    case "full-disk":
      return fillDisk(arena, fault);
    case "poison-job":
      return poisonFirstJob(arena, fault);
  }
}

export async function cutLink({ lab, over }: Arena, fault: CutFault): Promise<Applied> {
  await pause(fault.atMs, over);
  if (over.aborted) return applied(fault, 0);
  const link = lab.link(fault.link);
  if (fault.how === "stall") link.stall();
  else link.reset();
  await pause(fault.holdMs);
  link.heal();
  return applied(fault, 1);
}

export async function fillDisk({ lab, over }: Arena, fault: DiskFault): Promise<Applied> {
  const disk = lab.disk(fault.disk);
  if (!disk.canBeFull) return { ...applied(fault, 0), outcome: "skipped" };
  await pause(fault.atMs, over);
  if (over.aborted) return applied(fault, 0);
  await disk.fill();
  await pause(fault.holdMs);
  await disk.free();
  return applied(fault, 1);
}
