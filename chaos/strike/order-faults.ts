/** Faults of orders: an order is delivered twice, or late. */
import { headers, type Msg, type MsgHdrs, type NatsError, type Subscription } from "nats";
import { onAbort } from "../../kit/async/abort.js";
import { pause } from "../../kit/async/delay.js";
import { LANES, type Stage } from "../../pipeline/stages.js";
import { workConsumer, workStream, workSubject } from "../../pipeline/topology/names.js";
import type { DelayFault, DuplicateFault } from "../plan/fault.js";
import { type AppliedFault, outcomeOf, type StrikeContext } from "./context.js";

const MESSAGE_ID = "Nats-Msg-Id";
/** Time that one request for a message waits. */
const PULL_MS = 500;

/** Publishes a copy of the next order of a stage, with another message id. */
export async function duplicateOrder(
  context: StrikeContext,
  fault: DuplicateFault,
): Promise<AppliedFault> {
  const order = await nextOrder(context, fault.stage);
  if (!order) return outcomeOf(fault, 0);
  await pause(fault.delayMs);
  // Only this NATS user may publish orders of every stage.
  const connection = context.lab.bus.as("gateway");
  connection.publish(order.subject, order.data, { headers: withoutId(order.headers) });
  await connection.flush().catch(() => {
    // Another fault hit nats-server: the copy may be lost, which is fine.
  });
  return outcomeOf(fault, 1);
}

/** The first order of the stage that is published before the run is over. */
async function nextOrder({ lab, over }: StrikeContext, stage: Stage): Promise<Msg | undefined> {
  const connection = lab.bus.as("operator");
  const subscriptions: Subscription[] = [];
  let stopListening = () => {};
  try {
    return await new Promise<Msg | undefined>((resolve) => {
      for (const lane of LANES) {
        const callback = (_error: NatsError | null, order: Msg) => resolve(order);
        subscriptions.push(connection.subscribe(workSubject(stage, lane), { callback }));
      }
      stopListening = onAbort(over, () => resolve(undefined));
    });
  } finally {
    stopListening();
    for (const subscription of subscriptions) subscription.unsubscribe();
  }
}

/** Without the message id, by which nats-server would recognize a duplicate. */
function withoutId(original: MsgHdrs | undefined): MsgHdrs {
  const copy = headers();
  for (const key of original?.keys() ?? []) {
    if (key !== MESSAGE_ID) copy.set(key, original?.get(key) ?? "");
  }
  return copy;
}

/** Takes an order of each lane as a worker would, and returns it late. */
export async function delayOrder(context: StrikeContext, fault: DelayFault): Promise<AppliedFault> {
  const taken = await Promise.all(LANES.map((lane) => takeOne(context, fault, lane)));
  return outcomeOf(fault, taken.filter(Boolean).length);
}

async function takeOne(
  { lab, over }: StrikeContext,
  { stage, delayMs }: DelayFault,
  lane: (typeof LANES)[number],
): Promise<boolean> {
  const jetstream = lab.bus.as(stage).jetstream({ checkAPI: false });
  while (!over.aborted) {
    try {
      const order = await jetstream.pull(workStream(stage), workConsumer(stage, lane), PULL_MS);
      order.nak(delayMs);
      await pause(delayMs);
      return true;
    } catch {
      // No order came, or nats-server is away: try again.
      await pause(1, over);
    }
  }
  return false;
}
