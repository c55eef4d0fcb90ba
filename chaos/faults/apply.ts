/** Carries a fault out and undoes it. */
import type { Fault } from "../plan/fault.js";
import type { Applied, Arena } from "./arena.js";
import { killBus } from "./bus-fault.js";
import { delayOrder, duplicateOrder } from "./order-faults.js";
import { poisonFirstJob, signalProcess, strikeAtFailpoint } from "./process-faults.js";
import { cutLink, fillDisk } from "./surroundings.js";

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
