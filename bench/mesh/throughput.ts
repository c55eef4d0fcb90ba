/** Jobs a second that the bus side accepts and drives to the end, and what each of them costs. */
import type { Figure } from "../report.js";
import { rounded } from "../report.js";
import { type BusMesh, processorUse, streamWrites } from "./bus-mesh.js";

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
