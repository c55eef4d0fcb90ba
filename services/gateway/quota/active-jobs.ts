/**
 * How many jobs of each tenant have not ended: those of the job index, and those that this gateway
 * has just created, which the index does not know yet.
 */
import type { JobRecord } from "../../../pipeline/record/record.js";
import type { JobIndex, JobListener } from "../maintenance/job-index.js";

export class ActiveJobs implements JobListener {
  #index: Pick<JobIndex, "liveOf"> | undefined;
  /** Ids of jobs that are being created, by their tenants. */
  readonly #created = new Map<string, Set<string>>();

  /** Must be called before the index runs. */
  follow(index: Pick<JobIndex, "liveOf" | "listen">): void {
    this.#index = index;
    index.listen(this);
  }

  of(tenant: string): number {
    return (this.#index?.liveOf(tenant) ?? 0) + (this.#created.get(tenant)?.size ?? 0);
  }

  /** The job counts from now on. */
  add(tenant: string, id: string): void {
    const created = this.#created.get(tenant) ?? new Set();
    this.#created.set(tenant, created.add(id));
  }

  /** The job is not created after all. */
  remove(tenant: string, id: string): void {
    const created = this.#created.get(tenant);
    created?.delete(id);
    if (created?.size === 0) this.#created.delete(tenant);
  }

  /** It came and went, and the index may never have counted it. */
  onRemoved(id: string): void {
    for (const tenant of [...this.#created.keys()]) this.remove(tenant, id);
  }

  /** The index counts it from now on. */
  onRecord({ tenant, id }: JobRecord): void {
    this.remove(tenant, id);
  }
}
