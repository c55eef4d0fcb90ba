/** Faults that only a mesh of several gateways and nats-servers has. */
import { pause } from "../../kit/async/delay.js";
import type { NodeFault, RestartFault, StepDownFault, StoreFault } from "../plan/fault.js";
import { type AppliedFault, outcomeOf, type StrikeContext } from "./context.js";

const STEP_DOWN_MS = 2_000;

function clusterOf({ lab }: Pick<StrikeContext, "lab">) {
  if (!lab.cluster) throw new RangeError("this mesh is no cluster");
  return lab.cluster;
}

/** Resolves when another process of the gateway serves. */
export async function restartGateway(
  { lab, over }: StrikeContext,
  fault: RestartFault,
): Promise<AppliedFault> {
  await pause(fault.atMs, over);
  const child = lab.child({ service: "gateway", index: fault.gateway });
  const { pid } = child;
  if (over.aborted || pid === undefined) return outcomeOf(fault, 0);
  process.kill(pid, "SIGTERM");
  while (child.pid === pid) await pause(10);
  await child.untilServing();
  return outcomeOf(fault, 1);
}

export async function strikeNode(context: StrikeContext, fault: NodeFault): Promise<AppliedFault> {
  const { over } = context;
  await pause(fault.atMs, over);
  const { nodes } = clusterOf(context);
  const undoneAtMs = await nodes.strike(fault, () => !over.aborted);
  if (undoneAtMs === undefined) return outcomeOf(fault, 0);
  return { ...outcomeOf(fault, 1), undoneAtMs };
}

export async function stepDown(
  { lab, over }: StrikeContext,
  fault: StepDownFault,
): Promise<AppliedFault> {
  await pause(fault.atMs, over);
  if (over.aborted) return outcomeOf(fault, 0);
  const subject = `$JS.API.STREAM.LEADER.STEPDOWN.${fault.stream}`;
  try {
    const connection = lab.bus.as("gateway");
    const answer = await connection.request(subject, "", { timeout: STEP_DOWN_MS });
    const { success } = answer.json<{ success?: boolean }>();
    return outcomeOf(fault, success ? 1 : 0);
  } catch {
    // The stream has no leader at the moment, because another fault has hit it.
    return outcomeOf(fault, 0);
  }
}

export async function strikeStore(
  context: StrikeContext,
  fault: StoreFault,
): Promise<AppliedFault> {
  const { over } = context;
  await pause(fault.atMs, over);
  if (over.aborted) return outcomeOf(fault, 0);
  const { proxy } = clusterOf(context).store;
  proxy.strike(fault.how);
  await pause(fault.holdMs);
  proxy.heal();
  return outcomeOf(fault, 1);
}
