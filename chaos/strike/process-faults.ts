/** Processes that are killed or frozen, where they are, or where a failpoint waits for them. */
import { pause } from "../../kit/async/delay.js";
import type { BusKillFault, PoisonFault, SignalFault, StrikeFault } from "../plan/fault.js";
import { type Applied, type Arena, applied } from "./arena.js";

export async function strikeAtFailpoint(arena: Arena, fault: StrikeFault): Promise<Applied> {
  const { service, point, after, signal, holdMs } = fault;
  const pid = await ranInto(arena, { service, point, after, signal });
  if (pid === undefined) return applied(fault, 0);
  if (signal === "SIGSTOP") await thaw(pid, holdMs);
  return applied(fault, 1);
}

/** Kill whoever works on the first job, until it has ended. */
export async function poisonFirstJob(arena: Arena, fault: PoisonFault): Promise<Applied> {
  const { stage, point } = fault;
  const job = await arena.firstJob;
  if (job === undefined) return applied(fault, 0);
  const strike = { service: stage, point, job, after: 0, signal: "SIGKILL" } as const;
  let strikes = 0;
  while ((await ranInto(arena, strike)) !== undefined) strikes += 1;
  return applied(fault, strikes);
}

export async function signalProcess({ lab, over }: Arena, fault: SignalFault): Promise<Applied> {
  await pause(fault.atMs, over);
  const { pid } = lab.child(fault.place);
  if (over.aborted || !send(pid, fault.signal)) return applied(fault, 0);
  if (fault.signal === "SIGSTOP") await thaw(pid, fault.holdMs);
  return applied(fault, 1);
}

/** nats-server dies without a word; the mesh starts it again on the same port. */
export async function killBus({ lab, over }: Arena, fault: BusKillFault): Promise<Applied> {
  await pause(fault.atMs, over);
  const { nats } = lab.mesh;
  const { pid } = nats;
  if (over.aborted || !send(pid, "SIGKILL")) return applied(fault, 0);
  await nats.untilServing(pid);
  return applied(fault, 1);
}

/** The process that ran into the point; undefined when the run was over before. */
async function ranInto(
  { lab, over }: Arena,
  strike: Parameters<typeof lab.armory.arm>[0],
): Promise<number | undefined> {
  if (over.aborted) return undefined;
  const { claimed, disarm } = await lab.armory.arm(strike);
  const takeBack = () => void disarm();
  over.addEventListener("abort", takeBack, { once: true });
  if (over.aborted) takeBack();
  try {
    return await claimed;
  } finally {
    over.removeEventListener("abort", takeBack);
  }
}

async function thaw(pid: number | undefined, holdMs: number): Promise<void> {
  await pause(holdMs);
  send(pid, "SIGCONT");
}

/** False where there is no such process any more. */
function send(pid: number | undefined, signal: NodeJS.Signals): boolean {
  try {
    return pid !== undefined && process.kill(pid, signal);
  } catch {
    return false;
  }
}
