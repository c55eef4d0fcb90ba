/**
 * A process with a worker of each stage that takes, commits and acks by the real rules and does nothing between. The argument is
 * the bus's address. Depth and encode commit at once; render publishes encode's order and waits for the job's end.
 */
import { connectBus } from "../../kit/bus/connect.js";
import { STAGES, type Stage } from "../../kit/bus/subjects.js";
import { ensureTopology } from "../../kit/bus/topology.js";
import { beginGeneration } from "../../kit/jobs/generation.js";
import { KvJobStore } from "../../kit/jobs/kv-store.js";
import { publishDecided } from "../../kit/jobs/outbox.js";
import { isTerminal } from "../../kit/jobs/record.js";
import { type StageWork, StageWorker } from "../../kit/jobs/stage-worker.js";
import { createLog } from "../../kit/log.js";
import { BENCH_LEASE_MS } from "./lease.js";
import { type HandlerStart, nowMs, serveBench } from "./messages.js";

/** Render holds its order until the job's end, so it needs a slot for each job in flight. */
const SLOTS: Readonly<Record<Stage, number>> = { depth: 16, render: 64, encode: 16 };
const ADDRESS = "127.0.0.1:1";

const log = createLog("warn", { service: "bench-stages", worker: "bench-stages" });
const bus = await connectBus(process.argv[2] ?? "", "bench-stages", log);
const { jobs } = await ensureTopology(bus, BENCH_LEASE_MS);
const store = new KvJobStore(jobs);
let starts: HandlerStart[] = [];

const HANDLERS: Readonly<Record<Stage, (work: StageWork) => Promise<void>>> = {
  depth: ({ lease }) => lease.commit({ output: null }),
  render: async ({ record, lease }) => {
    await publishDecided(bus, record, "encode");
    for await (const current of store.watch(record.id, lease.signal)) {
      if (isTerminal(current)) return;
    }
    throw lease.signal.reason;
  },
  encode: ({ lease }) => lease.commit({ output: null }),
};

const workers = STAGES.map(
  (stage) =>
    new StageWorker({
      ...{ stage, bus, store, log },
      worker: `bench-${stage}-${process.pid}`,
      slots: SLOTS[stage],
      leaseMs: BENCH_LEASE_MS,
      retryBaseMs: 1_000,
      ...(stage === "render" && {
        onTake: (record) => beginGeneration(record, ADDRESS, Date.now()),
      }),
      handle: (work) => {
        starts.push({ stage, orderId: work.order.orderId, atMs: nowMs() });
        return HANDLERS[stage](work);
      },
    }),
);
for (const worker of workers) worker.start(ADDRESS);

serveBench<object>(
  async () => {
    const taken = starts;
    starts = [];
    return taken;
  },
  async () => {
    await Promise.all(workers.map((worker) => worker.drain(0)));
    await bus.close();
  },
);
