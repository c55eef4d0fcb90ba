/** `npm run bench -- mesh [--nats-server PATH]`: what the bus side of the mesh does with stages that do nothing. */
import { knowsSync, serverVersion } from "../../launcher/nats-server.js";
import { STAGES, type Stage } from "../../pipeline/stages.js";
import { percentile } from "../../testing/statistics.js";
import { atLeast, atMost, type BenchLine, type Figure, rounded } from "../report.js";
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

export async function* mesh(natsServer: string | undefined): AsyncGenerator<BenchLine> {
  const embedded = await measureServer({}, "embedded server", true);
  yield* embedded.figures;
  if (natsServer !== undefined) yield* syncedFigures(natsServer);
  yield atLeast(
    "jobs accepted and driven to the end",
    embedded.jobsPerSecond,
    JOBS_PER_SECOND_AIM,
    "jobs/s",
  );
  yield atMost("JetStream writes a job", embedded.writesPerJob, WRITES_AIM, "writes");
  yield atMost("dispatch at 50 jobs/s, p95", embedded.dispatchP95Ms, DISPATCH_AIM_MS, "ms");
}

/** The same with a server that syncs each write before it acknowledges it, and without: `sync_interval` came with 2.10. */
async function* syncedFigures(binary: string): AsyncGenerator<BenchLine> {
  const name = `nats-server ${(await serverVersion(binary)).join(".")}`;
  yield* (await measureServer({ binary }, name, false)).figures;
  if (!(await knowsSync(binary))) return;
  const synced = await measureServer({ binary, sync: "always" }, `${name}, sync always`, false);
  yield* synced.figures;
}

async function measureServer(choice: ServerChoice, name: string, withDispatch: boolean) {
  const busMesh = await startBusMesh(choice);
  try {
    const { figures, ...throughput }: Throughput = await measureThroughput(busMesh, name);
    const none: Dispatch = { p95Ms: Number.NaN, figures: [] };
    const dispatch = withDispatch ? await measureDispatch(busMesh, name) : none;
    return {
      ...throughput,
      figures: [...figures, ...dispatch.figures],
      dispatchP95Ms: dispatch.p95Ms,
    };
  } finally {
    await busMesh.stop();
  }
}

const WARM_UP_JOBS = 500;
const JOBS = 3_000;
const IN_FLIGHT = 64;

export interface Throughput {
  readonly jobsPerSecond: number;
  readonly writesPerJob: number;
  readonly figures: readonly Figure[];
}

export async function measureThroughput(mesh: BusMesh, name: string): Promise<Throughput> {
  const { acceptor, bus } = mesh;
  await acceptor.ask({ kind: "burst", jobs: WARM_UP_JOBS, inFlight: IN_FLIGHT });
  const writesBefore = await streamWrites(bus);
  const useBefore = await processorUse(mesh);
  const { seconds } = await acceptor.ask({ kind: "burst", jobs: JOBS, inFlight: IN_FLIGHT });
  const use = differences(await processorUse(mesh), useBefore);
  const writes = differences(await streamWrites(bus), writesBefore);
  const figure = (metric: string, value: number, unit: string): Figure => ({
    bench: "mesh",
    case: name,
    metric,
    value: rounded(value),
    unit,
  });
  const jobsPerSecond = JOBS / seconds;
  const writesPerJob = [...writes.values()].reduce((sum, each) => sum + each, 0) / JOBS;
  const figures = [
    figure(`jobs, ${IN_FLIGHT} in flight`, jobsPerSecond, "jobs/s"),
    ...[...writes].map(([stream, each]) => figure(`${stream} writes`, each / JOBS, "writes/job")),
    ...[...use].map(([process, each]) =>
      figure(`${process} processor time`, (1000 * each) / JOBS, "ms/job"),
    ),
  ];
  return { jobsPerSecond, writesPerJob, figures };
}

/** Growth of each value; what did not grow is left out. */
function differences(
  after: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const grown = [...after].map(([key, value]): [string, number] => [
    key,
    value - (before.get(key) ?? 0),
  ]);
  return new Map(grown.filter(([, value]) => value > 0));
}

const PER_SECOND = 50;
const SECONDS = 25;

export interface Dispatch {
  /** 95th percentile over the orders of all stages. */
  readonly p95Ms: number;
  readonly figures: readonly Figure[];
}

export async function measureDispatch(mesh: BusMesh, name: string): Promise<Dispatch> {
  await mesh.stages.ask({});
  const published = observePublishes(mesh);
  const jobs = PER_SECOND * SECONDS;
  await mesh.acceptor.ask({ kind: "steady", jobs, perSecond: PER_SECOND });
  const latencies: Record<Stage, number[]> = { depth: [], render: [], encode: [] };
  for (const { stage, orderId, atMs } of await mesh.stages.ask({})) {
    const publishedAtMs = published.times.get(orderId);
    if (publishedAtMs !== undefined) latencies[stage].push(atMs - publishedAtMs);
  }
  published.stop();
  const figure = (metric: string, value: number): Figure => ({
    bench: "mesh",
    case: name,
    metric,
    value: rounded(value),
    unit: "ms",
  });
  const figures = STAGES.flatMap((stage) =>
    [0.5, 0.95].map((p) =>
      figure(
        `dispatch of ${stage} at ${PER_SECOND} jobs/s, p${100 * p}`,
        percentile(latencies[stage], p),
      ),
    ),
  );
  return { p95Ms: percentile(Object.values(latencies).flat(), 0.95), figures };
}

/** When each order was published, as a subscriber sees it: orders reach this one while the stream stores them. */
function observePublishes({ bus }: BusMesh) {
  const times = new Map<string, number>();
  const subscription = bus.connection.subscribe("dm.v1.work.>", {
    callback: (error, message) => {
      if (!error) times.set(message.json<{ orderId: string }>().orderId, nowMs());
    },
  });
  return { times, stop: () => subscription.unsubscribe() };
}
