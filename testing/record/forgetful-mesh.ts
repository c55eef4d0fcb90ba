/**
 * A simulated mesh whose nats-server sometimes loses its newest write to the record, because it
 * acks before it syncs. Orders that belong to the lost write survive: each stream has its own
 * files.
 */
import type { JobRecord } from "../../pipeline/record/record.js";
import { type SimulatedJob, SimulatedMesh } from "./simulated-mesh.js";

export class ForgetfulMesh extends SimulatedMesh {
  forgotten = 0;
  /** The record before its newest write. */
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
