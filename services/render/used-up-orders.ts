/** Encode orders of one generation that came to nothing. */
import type { JobRecord } from "../../pipeline/record/record.js";

export class UsedUpOrders {
  #count = 0;
  #deferrals = 0;

  /** Those that encode has put off do not count: a part of the mesh was away, and neither the clip nor its frames are at fault. */
  get count(): number {
    return this.#count;
  }

  /** An order is gone and its stage is not done; this is the record at that time. */
  add({ stages }: Pick<JobRecord, "stages">): void {
    const { deferrals } = stages.encode;
    if (deferrals <= this.#deferrals) this.#count += 1;
    this.#deferrals = deferrals;
  }
}
