/**
 * A process that accepts jobs as the gateway does, but without photos: it writes the record, then
 * publishes the first order. It watches all records, as the gateway does, to see the jobs end. Its
 * argument is the address of nats-server.
 */
import { KvWatchInclude } from "nats";
import { pause } from "../../kit/async/delay.js";
import { createLog } from "../../kit/log.js";
import { connectBus } from "../../kit/nats/connect.js";
import { DEFAULT_TENANT } from "../../kit/rpc/identity.js";
import { publishDecidedOrder } from "../../pipeline/orders/order.js";
import { newId } from "../../pipeline/record/id.js";
import { KvJobStore } from "../../pipeline/record/kv-store.js";
import { isTerminal, type JobRecord, newRecord } from "../../pipeline/record/record.js";
import { ensureTopology } from "../../pipeline/topology/ensure-topology.js";
import { keepInFlight } from "../bench-mesh.js";
import {
  type AcceptRequest,
  type AcceptResult,
  BENCH_LEASE_MS,
  nowMs,
  serveBench,
} from "./messages.js";

const HASH = "0".repeat(64);

const log = createLog("warn", { service: "bench-gateway", worker: "bench-gateway" });
const bus = await connectBus(process.argv[2] ?? "", "bench-gateway", log);
const buckets = await ensureTopology(bus, { leaseMs: BENCH_LEASE_MS, queueLimit: 10_000 });
const store = new KvJobStore(buckets.jobs, bus);
const ends = new Map<string, (record: JobRecord) => void>();

async function followEnds(): Promise<void> {
  const entries = await buckets.jobs.watch({ include: KvWatchInclude.UpdatesOnly });
  void (async () => {
    for await (const entry of entries) {
      const record = entry.json<JobRecord>();
      if (!isTerminal(record)) continue;
      ends.get(record.id)?.(record);
      ends.delete(record.id);
    }
  })();
}

/** Accepts one job; `ended` resolves when it succeeds. */
async function accept(): Promise<{ ended: Promise<void> }> {
  const record = newRecord({
    id: newId(),
    tenant: DEFAULT_TENANT,
    lane: "normal",
    specBlob: HASH,
    photoBlob: HASH,
    lastStage: "encode",
    traceId: "",
    nowMs: Date.now(),
  });
  const ended = new Promise<void>((resolve, reject) => {
    ends.set(record.id, ({ state, error }) => {
      if (state === "SUCCEEDED") resolve();
      else reject(new Error(`a job ended as ${state}: ${error?.reason}`));
    });
  });
  await store.create(record);
  await publishDecidedOrder(bus, record, "depth");
  return { ended };
}

async function burst(jobs: number, inFlight: number): Promise<void> {
  let left = jobs;
  await keepInFlight(
    inFlight,
    () => left-- > 0,
    async () => (await accept()).ended,
  );
}

async function steady(jobs: number, perSecond: number): Promise<void> {
  const startedAtMs = nowMs();
  const all: Promise<void>[] = [];
  for (let job = 0; job < jobs; job++) {
    await pause(Math.max(0, startedAtMs + (1000 * job) / perSecond - nowMs()));
    all.push(accept().then(({ ended }) => ended));
  }
  await Promise.all(all);
}

async function atTimes(atSeconds: readonly number[]): Promise<number[]> {
  const startedAtMs = nowMs();
  const all: Promise<number>[] = [];
  for (const seconds of atSeconds) {
    const dueMs = startedAtMs + 1000 * seconds;
    await pause(Math.max(0, dueMs - nowMs()));
    const latency = async () => {
      await (await accept()).ended;
      return (nowMs() - dueMs) / 1000;
    };
    all.push(latency());
  }
  return Promise.all(all);
}

await followEnds();
serveBench<AcceptRequest>(
  async (request): Promise<AcceptResult> => {
    const startedAtMs = nowMs();
    if (request.kind === "times") {
      const latenciesSeconds = await atTimes(request.atSeconds);
      return { seconds: (nowMs() - startedAtMs) / 1000, latenciesSeconds };
    }
    if (request.kind === "burst") await burst(request.jobs, request.inFlight);
    else await steady(request.jobs, request.perSecond);
    return { seconds: (nowMs() - startedAtMs) / 1000 };
  },
  () => bus.close(),
);
