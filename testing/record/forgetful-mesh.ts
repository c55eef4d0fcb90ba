/** A simulated mesh whose NATS loses its newest write to the record: it acks before it syncs, and each stream has files of its own. */
import type { JobRecord } from "../../pipeline/record/record.js";
import type { SimulatedJob } from "./simulated-job.js";
import { SimulatedMesh } from "./simulated-mesh.js";

export class ForgetfulMesh extends SimulatedMesh {
  forgotten = 0;
  /** Orders live on that this record knows nothing of. */
  #before: JobRecord;
  readonly #random: () => number;

  constructor(random: () => number, job: SimulatedJob) {
    super(random, job);
    this.#random = random;
    this.#before = this.record;
  }

  override step(options: { faults: boolean }): void {
    const { record } = this;
    super.step(options);
    if (this.record !== record) this.#before = record;
    if (!options.faults || this.record === this.#before || this.#random() > 0.05) return;
    this.record = this.#before;
    this.forgotten += 1;
  }
}
