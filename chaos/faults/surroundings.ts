/** What processes depend on: their connections and their disks. */
import { pause } from "../../kit/async/delay.js";
import type { CutFault, DiskFault } from "../plan/fault.js";
import { type Applied, type Arena, applied } from "./arena.js";

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
