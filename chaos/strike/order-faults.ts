/** Orders that come twice, and orders that come late. */
import { headers, type Msg, type MsgHdrs } from "nats";
import { pause } from "../../kit/async/delay.js";
import { LANES, type Stage } from "../../pipeline/stages.js";
import { workConsumer, workStream, workSubject } from "../../pipeline/topology/names.js";
import type { DelayFault, DuplicateFault } from "../plan/fault.js";
import { type Applied, type Arena, applied } from "./arena.js";

const MESSAGE_ID = "Nats-Msg-Id";
/** One request for a message waits so long. */
const PULL_MS = 500;

export async function duplicateOrder(arena: Arena, fault: DuplicateFault): Promise<Applied> {
  const order = await nextOrder(arena, fault.stage);
  if (!order) return applied(fault, 0);
  await pause(fault.delayMs);
  // The one user that publishes orders of every stage.
  const connection = arena.lab.bus.as("gateway");
  connection.publish(order.subject, order.data, { headers: withoutId(order.headers) });
  await connection.flush().catch(() => {
    // The server was struck meanwhile: it has the copy, or never will.
  });
  return applied(fault, 1);
}

/** The first order of the stage that is published before the run is over. */
async function nextOrder({ lab, over }: Arena, stage: Stage): Promise<Msg | undefined> {
  const connection = lab.bus.as("operator");
  const lookers = new AbortController();
  const first = new Promise<Msg | undefined>((resolve) => {
    const subscriptions = LANES.map((lane) =>
      connection.subscribe(workSubject(stage, lane), {
        callback: (_error, order) => resolve(order),
      }),
    );
    lookers.signal.addEventListener("abort", () => {
      for (const each of subscriptions) each.unsubscribe();
    });
    over.addEventListener("abort", () => resolve(undefined), { signal: lookers.signal });
    if (over.aborted) resolve(undefined);
  });
  const order = await first;
  lookers.abort();
  return order;
}

function withoutId(original: MsgHdrs | undefined): MsgHdrs {
  const copy = headers();
  for (const key of original?.keys() ?? []) {
    if (key !== MESSAGE_ID) copy.set(key, original?.get(key) ?? "");
  }
  return copy;
}

/** Take an order as a worker would, and give it back after a while. */
export async function delayOrder(arena: Arena, fault: DelayFault): Promise<Applied> {
  const taken = await Promise.all(LANES.map((lane) => takeOne(arena, fault, lane)));
  return applied(fault, taken.filter(Boolean).length);
}

async function takeOne(
  { lab, over }: Arena,
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
      // None came, or the bus is away: ask again.
      await pause(1, over);
    }
  }
  return false;
}
