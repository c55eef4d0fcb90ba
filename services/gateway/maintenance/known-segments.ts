/** The segments that the job index knows, by their job and by id, with the revisions seen. */
import type { JobRecord } from "../../../pipeline/record/record.js";
import type { Versioned } from "../../../pipeline/record/store.js";

export class KnownSegments {
  readonly #byId = new Map<string, Versioned>();
  readonly #byJob = new Map<string, Map<string, Versioned>>();

  get size(): number {
    return this.#byId.size;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** Of all jobs. */
  *values(): Generator<JobRecord> {
    for (const { record } of this.#byId.values()) yield record;
  }

  /** The jobs that have any; some may be gone. */
  jobs(): Iterable<string> {
    return this.#byJob.keys();
  }

  /** Those of a job, of all its divisions. */
  of(job: string): Versioned[] {
    return [...(this.#byJob.get(job)?.values() ?? [])];
  }

  put(segment: Versioned): void {
    const { id, segmentOf = "" } = segment.record;
    this.#byId.set(id, segment);
    const ofJob = this.#byJob.get(segmentOf) ?? new Map<string, Versioned>();
    this.#byJob.set(segmentOf, ofJob.set(id, segment));
  }

  delete(id: string): void {
    const { segmentOf = "" } = this.#byId.get(id)?.record ?? {};
    this.#byId.delete(id);
    const ofJob = this.#byJob.get(segmentOf);
    ofJob?.delete(id);
    if (ofJob?.size === 0) this.#byJob.delete(segmentOf);
  }
}
