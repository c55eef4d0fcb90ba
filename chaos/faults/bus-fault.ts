/** nats-server is killed without a word; the mesh starts it again on the same port. */
import { pause } from "../../kit/backoff.js";
import type { BusKillFault } from "../plan/fault.js";
import { type Applied, type Arena, applied } from "./arena.js";

export async function killBus({ over }: Arena, fault: BusKillFault): Promise<Applied> {
  await pause(fault.atMs, over);
  return { ...applied(fault, 0), outcome: "skipped" };
}
