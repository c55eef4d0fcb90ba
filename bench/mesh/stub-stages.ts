/**
 * A process with a stub worker for each stage: it takes, commits and acks orders by the real rules
 * and does no work. Depth and encode commit at once, or after a pause; render publishes the order
 * of encode and waits for the end of the job. The arguments are the addresses of nats-server for
 * depth, render and encode, and StubOptions as JSON if stages are to pause.
 */
import { pause } from "../../kit/async/delay.js";
import { createLog } from "../../kit/log.js";
import { type Bus, connectBus } from "../../kit/nats/connect.js";
import { publishDecidedOrder } from "../../pipeline/orders/order.js";
import { isTerminal } from "../../pipeline/record/record.js";
import type { JobStore } from "../../pipeline/record/store.js";
import { beginGeneration } from "../../pipeline/record/transitions.js";
import { STAGES, type Stage } from "../../pipeline/stages.js";
import { stateOfStage } from "../../pipeline/topology/mesh-state.js";
import { type StageWork, StageWorker } from "../../pipeline/worker/stage-worker.js";
import { randomStream } from "../../simulate/engine/random.js";
import {
  BENCH_LEASE_MS,
  type HandlerStart,
  nowMs,
  type StubOptions,
  serveBench,
} from "./messages.js";

/** Render holds its order until the job ends, so it needs a slot for each job in flight. */
const NO_WORK: StubOptions = {
  seed: 1,
  slots: { depth: 16, render: 64, encode: 16 },
  meanSeconds: { depth: 0, render: 0, encode: 0 },
};
const [, , , , , optionsJson] = process.argv;
const options = optionsJson === undefined ? NO_WORK : (JSON.parse(optionsJson) as StubOptions);
const ADDRESS = "127.0.0.1:1";

const log = createLog("warn", { service: "bench-stages", worker: "bench-stages" });
let starts: HandlerStart[] = [];

async function openStage(stage: Stage, url: string) {
  const bus = await connectBus(url, `bench-${stage}`, log);
  const { store } = await stateOfStage(stage)(bus);
  const random = randomStream(options.seed, stage);
  const worker = new StageWorker({
    ...{ stage, bus, store, log },
    worker: `bench-${stage}-${process.pid}`,
    slots: options.slots[stage],
    leaseMs: BENCH_LEASE_MS,
    retryBaseMs: 1_000,
    stageDeadlineMs: 600_000,
    die: (why) => {
      throw why;
    },
    ...(stage === "render" && {
      onTake: (record) => beginGeneration(record, ADDRESS, Date.now()),
    }),
    handle: async (work) => {
      starts.push({ stage, orderId: work.order.orderId, atMs: nowMs() });
      const seconds = -options.meanSeconds[stage] * Math.log(1 - random());
      if (seconds > 0) await pause(1000 * seconds, work.lease.signal);
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
