/** Faults of processes: they are killed or frozen, at a moment or when they reach a failpoint. */
import { onAbort } from "../../kit/async/abort.js";
import { pause } from "../../kit/async/delay.js";
import type { BusKillFault, PoisonFault, SignalFault, StrikeFault } from "../plan/fault.js";
import { type AppliedFault, outcomeOf, type StrikeContext } from "./context.js";

export async function strikeAtFailpoint(
  context: StrikeContext,
  fault: StrikeFault,
): Promise<AppliedFault> {
  const { service, point, after, signal, holdMs } = fault;
  const pid = await reachedBy(context, { service, point, after, signal });
  if (pid === undefined) return outcomeOf(fault, 0);
  if (signal === "SIGSTOP") await thaw(pid, holdMs);
  return outcomeOf(fault, 1);
}

/** Kills every process that works on the first job, until the job has ended. */
export async function poisonFirstJob(
  context: StrikeContext,
  fault: PoisonFault,
): Promise<AppliedFault> {
  const { stage, point } = fault;
  const job = await context.firstJob;
  if (job === undefined) return outcomeOf(fault, 0);
  const strike = { service: stage, point, job, after: 0, signal: "SIGKILL" } as const;
  let strikes = 0;
  while ((await reachedBy(context, strike)) !== undefined) strikes += 1;
  return outcomeOf(fault, strikes);
}

export async function signalProcess(
  { lab, over }: StrikeContext,
  fault: SignalFault,
): Promise<AppliedFault> {
  await pause(fault.atMs, over);
  const { pid } = lab.child(fault.place);
  if (over.aborted || !send(pid, fault.signal)) return outcomeOf(fault, 0);
  if (fault.signal === "SIGSTOP") await thaw(pid, fault.holdMs);
  return outcomeOf(fault, 1);
}

/** Kills nats-server; the mesh starts it again on the same port. */
export async function killBus(
  { lab, over }: StrikeContext,
  fault: BusKillFault,
): Promise<AppliedFault> {
  await pause(fault.atMs, over);
  const { nats } = lab.mesh;
  const { pid } = nats;
  if (over.aborted || !send(pid, "SIGKILL")) return outcomeOf(fault, 0);
  await nats.untilServing(pid);
  return outcomeOf(fault, 1);
}

/** The process that reaches the failpoint next; undefined when the run ends before. */
async function reachedBy(
  { lab, over }: StrikeContext,
  strike: Parameters<typeof lab.failpoints.arm>[0],
): Promise<number | undefined> {
  if (over.aborted) return undefined;
  const { claimed, disarm } = await lab.failpoints.arm(strike);
  const stopListening = onAbort(over, () => void disarm());
  try {
    return await claimed;
  } finally {
    stopListening();
  }
}

/** Lets a frozen process run again after a while. */
async function thaw(pid: number | undefined, holdMs: number): Promise<void> {
  await pause(holdMs);
  send(pid, "SIGCONT");
}

/** False when the process no longer exists. */
function send(pid: number | undefined, signal: NodeJS.Signals): boolean {
  try {
    return pid !== undefined && process.kill(pid, signal);
  } catch {
    return false;
  }
}
