/**
 * `npm run bench -- mesh [--nats-server PATH]`: what nats-server, the records and the orders of a
 * mesh cost, with stages that do no work.
 */
import { knowsSync, serverVersion } from "../../launcher/nats-server.js";
import { STAGES, type Stage } from "../../pipeline/stages.js";
import {
  atLeast,
  atMost,
  type BenchLine,
  type Figure,
  figuresOf,
} from "../../testing/report-lines.js";
import { percentile } from "../../testing/statistics.js";
import {
  type BusMesh,
  processorUse,
  type ServerChoice,
  startBusMesh,
  streamWrites,
} from "./bus-mesh.js";
import { nowMs } from "./messages.js";

const JOBS_PER_SECOND_AIM = 200;
const WRITES_AIM = 8;
const DISPATCH_AIM_MS = 50;
const WARM_UP_JOBS = 500;
const JOBS = 3_000;
const IN_FLIGHT = 64;
const STEADY_JOBS_PER_SECOND = 50;
const STEADY_SECONDS = 25;

export async function* mesh(natsServer: string | undefined): AsyncGenerator<BenchLine> {
  const embedded = await measureServer({}, "embedded server");
  yield* embedded.figures;
  if (natsServer !== undefined) yield* otherServer(natsServer);
  const { jobsPerSecond, writesPerJob, dispatchP95Ms } = embedded;
  yield atLeast(
    "jobs accepted and driven to the end",
    jobsPerSecond,
    JOBS_PER_SECOND_AIM,
    "jobs/s",
  );
  yield atMost("JetStream writes a job", writesPerJob, WRITES_AIM, "writes");
  yield atMost("dispatch at 50 jobs/s, p95", dispatchP95Ms, DISPATCH_AIM_MS, "ms");
}

/**
 * The throughput of another server, and of the same one when it syncs each write before its ack.
 */
async function* otherServer(binary: string): AsyncGenerator<BenchLine> {
  const name = `nats-server ${(await serverVersion(binary)).join(".")}`;
  yield* await throughputOf({ binary }, name);
  // `sync_interval` came with NATS 2.10.
  if (await knowsSync(binary)) {
    yield* await throughputOf({ binary, sync: "always" }, `${name}, sync always`);
  }
}

async function throughputOf(choice: ServerChoice, name: string): Promise<readonly Figure[]> {
  const busMesh = await startBusMesh(choice);
  try {
    return (await measureThroughput(busMesh, name)).figures;
  } finally {
    await busMesh.stop();
  }
}

async function measureServer(choice: ServerChoice, name: string) {
  const busMesh = await startBusMesh(choice);
  try {
    const { figures, ...throughput } = await measureThroughput(busMesh, name);
    const dispatch = await measureDispatch(busMesh, name);
    const dispatchP95Ms = dispatch.p95Ms;
    return { ...throughput, dispatchP95Ms, figures: [...figures, ...dispatch.figures] };
  } finally {
    await busMesh.stop();
  }
}

interface Throughput {
  readonly jobsPerSecond: number;
  readonly writesPerJob: number;
  readonly figures: readonly Figure[];
}

/** Jobs per second that are accepted and driven to their end, and the cost of each. */
async function measureThroughput(mesh: BusMesh, name: string): Promise<Throughput> {
  const { acceptor, bus } = mesh;
  await acceptor.ask({ kind: "burst", jobs: WARM_UP_JOBS, inFlight: IN_FLIGHT });
  const writesBefore = await streamWrites(bus);
  const useBefore = await processorUse(mesh);
  const { seconds } = await acceptor.ask({ kind: "burst", jobs: JOBS, inFlight: IN_FLIGHT });
  const use = growth(await processorUse(mesh), useBefore);
  const writes = growth(await streamWrites(bus), writesBefore);
  const figure = figuresOf("mesh", name);
  const jobsPerSecond = JOBS / seconds;
  const writesPerJob = writes.reduce((sum, [, count]) => sum + count, 0) / JOBS;
  const figures = [
    figure(`jobs, ${IN_FLIGHT} in flight`, jobsPerSecond, "jobs/s"),
    ...writes.map(([stream, count]) => figure(`${stream} writes`, count / JOBS, "writes/job")),
    ...use.map(([process, processorSeconds]) =>
      figure(`${process} processor time`, (1000 * processorSeconds) / JOBS, "ms/job"),
    ),
  ];
  return { jobsPerSecond, writesPerJob, figures };
}

/** How much each value has grown; values that did not grow are left out. */
function growth(
  after: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): (readonly [name: string, growth: number])[] {
  return [...after]
    .map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const)
    .filter(([, value]) => value > 0);
}

interface Dispatch {
  /** 95th percentile over the orders of all stages. */
  readonly p95Ms: number;
  readonly figures: readonly Figure[];
}

/** Time from the publish of an order to the start of its handler, at a steady rate of jobs. */
async function measureDispatch(mesh: BusMesh, name: string): Promise<Dispatch> {
  await mesh.stages.ask({});
  const published = observePublishes(mesh);
  const jobs = STEADY_JOBS_PER_SECOND * STEADY_SECONDS;
  await mesh.acceptor.ask({ kind: "steady", jobs, perSecond: STEADY_JOBS_PER_SECOND });
  const latencies: Record<Stage, number[]> = { depth: [], render: [], encode: [] };
  for (const { stage, orderId, atMs } of await mesh.stages.ask({})) {
    const publishedAtMs = published.times.get(orderId);
    if (publishedAtMs !== undefined) latencies[stage].push(atMs - publishedAtMs);
  }
  published.stop();
  const figure = figuresOf("mesh", name);
  const figures = STAGES.flatMap((stage) =>
    [0.5, 0.95].map((p) => {
      const metric = `dispatch of ${stage} at ${STEADY_JOBS_PER_SECOND} jobs/s, p${100 * p}`;
      return figure(metric, percentile(latencies[stage], p), "ms");
    }),
  );
  return { p95Ms: percentile(Object.values(latencies).flat(), 0.95), figures };
}

/** The publish time of each order, as a subscriber receives it while the stream stores it. */
function observePublishes({ bus }: BusMesh) {
  const times = new Map<string, number>();
  const subscription = bus.connection.subscribe("dm.v1.work.>", {
    callback: (error, message) => {
      if (!error) times.set(message.json<{ orderId: string }>().orderId, nowMs());
    },
  });
  return { times, stop: () => subscription.unsubscribe() };
}
