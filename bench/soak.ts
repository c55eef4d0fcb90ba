/**
 * `npm run bench -- soak [--jobs N]`: whether a mesh leaks memory, open files, folders or processes
 * over many small jobs.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DepthmeshClient } from "../client/client.js";
import type { ServiceName } from "../launcher/child.js";
import type { Mesh } from "../launcher/mesh.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import type { Photo } from "../testing/photos.js";
import { descendants, openFiles, residentMib } from "../testing/process-facts.js";
import { atMost, type BenchLine, figuresOf } from "../testing/report-lines.js";
import { slope } from "../testing/statistics.js";
import { clipOf, keepInFlight, runToEnd, startBenchMesh, uncachedSpec } from "./bench-mesh.js";

const JOBS = 2_000;
const ROUND_JOBS = 50;
/** A collector that waits lets memory rise and fall: in so many jobs it has fallen once. */
const FLOOR_JOBS = 200;
const IN_FLIGHT = 4;
/** The first jobs compile code and fill the pools of allocators and the driver. */
const WARM_UP_SHARE = 0.3;
const SLOPE_AIM_MIB = 1;
/** Below one, because a connection more or less does not come from the jobs. */
const FILES_AIM = 0.5;
const JOB_TIMEOUT_MS = 120_000;

export async function* soak(
  photos: readonly Photo[],
  jobs: number = JOBS,
): AsyncGenerator<BenchLine> {
  const work = await mkdtemp(join(tmpdir(), "depthmesh-bench-work-"));
  const bench = await startBenchMesh({
    environment: { DEPTHMESH_SLOTS: "2", DEPTHMESH_WORK: work },
  });
  const { mesh } = bench;
  const residents = new Residents();
  const left = { partial: 0, folders: 0, encoders: 0 };
  try {
    for (let done = 0; done < jobs; ) {
      const round = Math.min(ROUND_JOBS, jobs - done);
      await runJobs(mesh, photos, done, round);
      done += round;
      for (const [service, { mib, files }] of await residents.sample(mesh, done)) {
        const figure = figuresOf("soak", `${service}, ${done} jobs`);
        yield figure("resident set", mib, "MiB");
        yield figure("open files", files, "");
      }
      process.stderr.write(`${done} of ${jobs} jobs\n`);
    }
    left.partial = (await readdir(join(mesh.data, "blobs", "tmp"))).length;
    left.folders = (await readdir(work)).length;
    left.encoders = (await descendants(process.pid)).filter(({ name }) => name === "ffmpeg").length;
  } finally {
    await bench.stop();
    await rm(work, { recursive: true, force: true });
  }
  for (const service of SERVICES) {
    const { mib, files, floorMib, peakMib } = residents.growth(service, WARM_UP_SHARE * jobs);
    const figure = figuresOf("soak", service);
    yield figure("a hundred jobs add to the least of 200 jobs", floorMib, "MiB");
    yield figure("highest resident set", peakMib, "MiB");
    yield atMost(`memory a hundred jobs add to ${service}`, mib, SLOPE_AIM_MIB, "MiB");
    yield atMost(`files a hundred jobs leave open in ${service}`, files, FILES_AIM, "");
  }
  yield atMost("blobs left half-written", left.partial, 0, "");
  yield atMost("folders that encode has left", left.folders, 0, "");
  yield atMost("encoders left running", left.encoders, 0, "");
  const orphans = (await descendants(process.pid)).length;
  yield atMost("processes left after the mesh has stopped", orphans, 0, "");
}

/** Runs `count` jobs, some in flight together, until all have succeeded, over new connections. */
async function runJobs(
  mesh: Mesh,
  photos: readonly Photo[],
  first: number,
  count: number,
): Promise<void> {
  const client = new DepthmeshClient(mesh.address);
  let next = first;
  try {
    await keepInFlight(
      IN_FLIGHT,
      () => next < first + count,
      async () => {
        const number = next++;
        const photo = photos[number % photos.length];
        if (!photo) throw new Error("there are no photographs");
        await runToEnd(client, specOf(number), photo, JOB_TIMEOUT_MS);
      },
    );
  } finally {
    client.close();
  }
}

/** Jobs differ in length, size and camera path. */
function specOf(number: number): JobSpec {
  const frames = 6 + (number % 5);
  return uncachedSpec({
    camera: { preset: number % 2 === 0 ? "circle" : "horizontal" },
    clip: clipOf(160 + 16 * (number % 4), 108, frames / 12, 12),
  });
}

const SERVICES: readonly ServiceName[] = ["gateway", "depth", "render", "encode"];

interface Sample {
  readonly jobs: number;
  /** Resident set of the process and its helpers. */
  readonly mib: number;
  /** Open file descriptors of the process itself. */
  readonly files: number;
}

/** What a hundred jobs add. */
interface Growth {
  readonly mib: number;
  /** To the least that was seen in 200 jobs: a leak raises it too, garbage does not. */
  readonly floorMib: number;
  /** The most that was seen. */
  readonly peakMib: number;
  readonly files: number;
}

/** The sample with the least memory of each 200 jobs. */
export function floors(samples: readonly Pick<Sample, "jobs" | "mib">[]): [number, number][] {
  const least = new Map<number, Pick<Sample, "jobs" | "mib">>();
  for (const sample of samples) {
    const block = Math.ceil(sample.jobs / FLOOR_JOBS);
    const found = least.get(block);
    if (!found || sample.mib < found.mib) least.set(block, sample);
  }
  return [...least.values()].map(({ jobs, mib }) => [jobs, mib]);
}

/** Samples of memory and open files of the services while no job runs. */
class Residents {
  readonly #samples = new Map<ServiceName, Sample[]>(SERVICES.map((service) => [service, []]));
  /** First process id of each service; another one means that the first has died. */
  readonly #pids = new Map<ServiceName, number>();

  /**
   * Takes a sample of each service. Throws when one was restarted: its memory would mean nothing.
   */
  async sample(mesh: Mesh, jobs: number): Promise<ReadonlyMap<ServiceName, Sample>> {
    const taken = new Map<ServiceName, Sample>();
    for (const service of SERVICES) {
      const pid = this.#pidOf(mesh, service);
      const pids = [pid, ...(await descendants(pid)).map((helper) => helper.pid)];
      const mib = await Promise.all(pids.map(residentMib));
      const sample = {
        jobs,
        mib: mib.reduce((sum, value) => sum + value, 0),
        files: await openFiles(pid),
      };
      this.#samples.get(service)?.push(sample);
      taken.set(service, sample);
    }
    return taken;
  }

  /** From the samples after `warmUpJobs`. */
  growth(service: ServiceName, warmUpJobs: number): Growth {
    const warm = (this.#samples.get(service) ?? []).filter(({ jobs }) => jobs >= warmUpJobs);
    return {
      mib: 100 * slope(warm.map(({ jobs, mib }) => [jobs, mib])),
      floorMib: 100 * slope(floors(warm)),
      peakMib: Math.max(...warm.map(({ mib }) => mib)),
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
