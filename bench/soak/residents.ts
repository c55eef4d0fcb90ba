/** What the services of a mesh hold while no job is under way, sample by sample. */
import type { ServiceName } from "../../launcher/child.js";
import type { Mesh } from "../../launcher/mesh.js";
import { slope } from "../../testing/statistics.js";
import { descendants, openFiles, residentMib } from "../process-facts.js";

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
