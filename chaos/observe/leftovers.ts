/** What is left of jobs once they have ended: it must be nothing. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { STAGES, workStream } from "../../pipeline/nats/subjects.js";
import type { Order } from "../../pipeline/orders/order.js";
import { checkProcessTree } from "../check/process-tree.js";
import type { Lab } from "../mesh/lab.js";
import { processesWith } from "./processes.js";

/** Sentences about what is left now. */
export async function leftovers(lab: Lab): Promise<string[]> {
  const [orders, processes, partial, work] = await Promise.all([
    ordersLeft(lab),
    processesLeft(lab),
    readdir(join(lab.disk("blobs").folder, "tmp")),
    readdir(lab.disk("encode").folder),
  ]);
  return [
    ...orders,
    ...processes,
    ...partial.map((name) => `blobs/tmp/${name} is left`),
    ...work.map((name) => `the work folder ${name} is left`),
  ];
}

async function ordersLeft({ bus }: Lab): Promise<string[]> {
  const manager = await bus.as("operator").jetstreamManager({ timeout: 2_000, checkAPI: false });
  const left = await Promise.all(
    STAGES.map(async (stage) => {
      const { state } = await manager.streams.info(workStream(stage));
      if (state.messages === 0) return [];
      const first = await manager.streams.getMessage(workStream(stage), { seq: state.first_seq });
      const { job } = first.json<Order>();
      const what = `the first, ${first.seq} on ${first.subject}, of ${job}`;
      return [`${state.messages} orders of ${stage} are left: ${what}`];
    }),
  );
  return left.flat();
}

async function processesLeft(lab: Lab): Promise<string[]> {
  const pidsOf = (children: typeof lab.children) =>
    children.map(({ pid }) => pid).filter((pid) => pid !== undefined);
  const processes = await processesWith(lab.armory.folder);
  return checkProcessTree(processes, pidsOf(lab.children), pidsOf(lab.mesh.children("render")));
}
