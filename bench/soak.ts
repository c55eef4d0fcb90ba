/** `npm run bench -- soak [--jobs N]`: whether small jobs leave anything behind in a mesh: memory, open files, folders, processes. */
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DepthmeshClient } from "../client/client.js";
import type { ServiceName } from "../launcher/child.js";
import { Mesh } from "../launcher/mesh.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { CachePolicy, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import type { Photo } from "../testing/photos.js";
import { descendants, openFiles, residentMib } from "../testing/process-facts.js";
import { slope } from "../testing/statistics.js";
import { atMost, type BenchLine, rounded } from "./report.js";

const JOBS = 2_000;
const ROUND_JOBS = 100;
const IN_FLIGHT = 4;
/** The first jobs compile code and fill the pools of allocators and of the driver. */
const WARM_UP_SHARE = 0.3;
const SLOPE_AIM_MIB = 1;
/** A connection more or less is none that jobs leave. */
const FILES_AIM = 0.5;
const JOB_TIMEOUT_MS = 120_000;

export async function* soak(
  photos: readonly Photo[],
  jobs: number = JOBS,
): AsyncGenerator<BenchLine> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-bench-"));
  const work = join(folder, "work");
  await mkdir(work);
  const mesh = await Mesh.start({
    ...{ data: join(folder, "data"), depth: 1, render: 1, encode: 1, port: 0, logs: "file" },
    environment: { DEPTHMESH_SLOTS: "2", DEPTHMESH_WORK: work },
  });
  const residents = new Residents();
  const left = { partial: 0, folders: 0, encoders: 0 };
  try {
    for (let done = 0; done < jobs; ) {
      const round = Math.min(ROUND_JOBS, jobs - done);
      await runJobs(mesh, photos, done, round);
      done += round;
      for (const [service, { mib, files }] of await residents.sample(mesh, done)) {
        const figure = { bench: "soak", case: `${service}, ${done} jobs` } as const;
        yield { ...figure, metric: "resident set", value: rounded(mib), unit: "MiB" };
        yield { ...figure, metric: "open files", value: files, unit: "" };
      }
      process.stderr.write(`${done} of ${jobs} jobs\n`);
    }
    left.partial = (await readdir(join(mesh.data, "blobs", "tmp"))).length;
    left.folders = (await readdir(work)).length;
    left.encoders = (await descendants(process.pid)).filter(({ name }) => name === "ffmpeg").length;
  } finally {
    await mesh.stop();
    await rm(folder, { recursive: true, force: true });
  }
  for (const service of SERVICES) {
    const { mib, files } = residents.growth(service, WARM_UP_SHARE * jobs);
    yield atMost(`memory a hundred jobs add to ${service}`, mib, SLOPE_AIM_MIB, "MiB");
    yield atMost(`files a hundred jobs leave open in ${service}`, files, FILES_AIM, "");
  }
  yield atMost("blobs left half-written", left.partial, 0, "");
  yield atMost("folders that encode has left", left.folders, 0, "");
  yield atMost("encoders left running", left.encoders, 0, "");
  const orphans = (await descendants(process.pid)).length;
  yield atMost("processes left after the mesh has stopped", orphans, 0, "");
}

/** Run `count` jobs, some in flight together, until all have succeeded. Each round has connections of its own. */
async function runJobs(
  mesh: Mesh,
  photos: readonly Photo[],
  first: number,
  count: number,
): Promise<void> {
  const client = new DepthmeshClient(mesh.address);
  let next = first;
  const keepOneGoing = async () => {
    while (next < first + count) await runJob(client, photos, next++);
  };
  try {
    await Promise.all(Array.from({ length: IN_FLIGHT }, keepOneGoing));
  } finally {
    client.close();
  }
}

async function runJob(
  client: DepthmeshClient,
  photos: readonly Photo[],
  number: number,
): Promise<void> {
  const photo = photos[number % photos.length];
  if (!photo) throw new Error("no photograph");
  const { name } = await client.createJobFromFiles(specOf(number), { photo: photo.path });
  for await (const _ of client.watchJob(name, 0, AbortSignal.timeout(JOB_TIMEOUT_MS))) {
    // The stream ends with the job.
  }
  const { state } = await client.getJob(name);
  if (state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`${name} did not succeed`);
}

/** Jobs differ in length, size and path, and none is answered from a cache. */
function specOf(number: number): JobSpec {
  const frames = 6 + (number % 5);
  return JobSpec.fromPartial({
    camera: { preset: number % 2 === 0 ? "circle" : "horizontal" },
    clip: {
      durationSeconds: frames / 12,
      frameRate: { numerator: 12, denominator: 1 },
      ...{ width: 160 + 16 * (number % 4), height: 108 },
    },
    cachePolicy: CachePolicy.CACHE_POLICY_BYPASS,
  });
}

export const SERVICES: readonly ServiceName[] = ["gateway", "depth", "render", "encode"];

export interface Sample {
  readonly jobs: number;
  /** Resident set of the process and of the helpers below it. */
  readonly mib: number;
  /** Open file descriptors of the process itself. */
  readonly files: number;
}

export class Residents {
  readonly #samples = new Map<ServiceName, Sample[]>(SERVICES.map((service) => [service, []]));
  /** By service, as they were first seen: another one means that the first has died. */
  readonly #pids = new Map<ServiceName, number>();

  /** Take a sample of each service. Throws when one was started again: its memory would tell nothing. */
  async sample(mesh: Mesh, jobs: number): Promise<ReadonlyMap<ServiceName, Sample>> {
    const taken = new Map<ServiceName, Sample>();
    for (const service of SERVICES) {
      const pid = this.#pidOf(mesh, service);
      const pids = [pid, ...(await descendants(pid)).map((each) => each.pid)];
      const mib = await Promise.all(pids.map(residentMib));
      const sample = {
        jobs,
        mib: mib.reduce((sum, each) => sum + each, 0),
        files: await openFiles(pid),
      };
      this.#samples.get(service)?.push(sample);
      taken.set(service, sample);
    }
    return taken;
  }

  /** What a hundred jobs add, from the first sample of at least `warmUpJobs` on. */
  growth(
    service: ServiceName,
    warmUpJobs: number,
  ): { readonly mib: number; readonly files: number } {
    const warm = (this.#samples.get(service) ?? []).filter(({ jobs }) => jobs >= warmUpJobs);
    return {
      mib: 100 * slope(warm.map(({ jobs, mib }) => [jobs, mib])),
      files: 100 * slope(warm.map(({ jobs, files }) => [jobs, files])),
    };
  }

  #pidOf(mesh: Mesh, service: ServiceName): number {
    const pid = mesh.children(service)[0]?.pid;
    const first = this.#pids.get(service) ?? pid;
    if (!pid || pid !== first) throw new Error(`${service} has died`);
    this.#pids.set(service, pid);
    return pid;
  }
}
