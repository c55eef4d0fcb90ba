/**
 * A process with a stub worker for each stage: it takes, commits and acks orders by the real rules
 * and does no work. Depth and encode commit at once; render publishes the order of encode and waits
 * for the end of the job. The arguments are the addresses of nats-server for depth, render and
 * encode.
 */

import { createLog } from "../../kit/log.js";
import { type Bus, connectBus } from "../../kit/nats/connect.js";
import { publishDecidedOrder } from "../../pipeline/orders/order.js";
import { isTerminal } from "../../pipeline/record/record.js";
import type { JobStore } from "../../pipeline/record/store.js";
import { beginGeneration } from "../../pipeline/record/transitions.js";
import { STAGES, type Stage } from "../../pipeline/stages.js";
import { stateOfStage } from "../../pipeline/topology/mesh-state.js";
import { type StageWork, StageWorker } from "../../pipeline/worker/stage-worker.js";
import { BENCH_LEASE_MS, type HandlerStart, nowMs, serveBench } from "./messages.js";

/** Render holds its order until the job ends, so it needs a slot for each job in flight. */
const SLOTS: Readonly<Record<Stage, number>> = { depth: 16, render: 64, encode: 16 };
const ADDRESS = "127.0.0.1:1";

const log = createLog("warn", { service: "bench-stages", worker: "bench-stages" });
let starts: HandlerStart[] = [];

async function openStage(stage: Stage, url: string) {
  const bus = await connectBus(url, `bench-${stage}`, log);
  const { store } = await stateOfStage(stage)(bus);
  const worker = new StageWorker({
    ...{ stage, bus, store, log },
    worker: `bench-${stage}-${process.pid}`,
    slots: SLOTS[stage],
    leaseMs: BENCH_LEASE_MS,
    retryBaseMs: 1_000,
    stageDeadlineMs: 600_000,
    die: (why) => {
      throw why;
    },
    ...(stage === "render" && {
      onTake: (record) => beginGeneration(record, ADDRESS, Date.now()),
    }),
    handle: (work) => {
      starts.push({ stage, orderId: work.order.orderId, atMs: nowMs() });
      return stage === "render" ? render(bus, store, work) : work.lease.commit({ output: null });
    },
  });
  worker.start(ADDRESS);
  return { bus, worker };
}

async function render(bus: Bus, store: JobStore, { record, lease }: StageWork): Promise<void> {
  await publishDecidedOrder(bus, record, "encode");
  for await (const current of store.watch(record.id, lease.signal)) {
    if (isTerminal(current)) return;
  }
  throw lease.signal.reason;
}

const stages = await Promise.all(
  STAGES.map((stage, i) => openStage(stage, process.argv[2 + i] ?? "")),
);

serveBench<object>(
  async () => {
    const taken = starts;
    starts = [];
    return taken;
  },
  async () => {
    await Promise.all(stages.map(({ worker }) => worker.drain(0)));
    await Promise.all(stages.map(({ bus }) => bus.close()));
  },
);
