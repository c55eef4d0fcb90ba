/** Blobs that stages under way have written and that no record names yet. */
import { STAGES } from "../../../kit/bus/subjects.js";
import { holds, type JobRecord } from "../../../kit/jobs/record.js";

/** Who wrote: the job, and the lease token that allowed it. */
export interface StageWriter {
  readonly job: string;
  readonly token: string;
}

export class StageWrites {
  readonly #writers = new Map<string, StageWriter>();

  note(sha256: string, { job, token }: StageWriter): void {
    this.#writers.set(sha256, { job, token });
  }

  /** The blobs whose writers still hold their lease; the others are forgotten: their records name what they committed. */
  underWay(find: (job: string) => JobRecord | undefined): ReadonlySet<string> {
    for (const [sha256, { job, token }] of this.#writers) {
      const record = find(job);
      const isHeld = record && STAGES.some((stage) => holds(record, stage, token));
      if (!isHeld) this.#writers.delete(sha256);
    }
    return new Set(this.#writers.keys());
  }
}
