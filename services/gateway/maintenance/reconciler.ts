/** Looks after the jobs that live (rule 11): those whose order is lost get one again, those out of time end. */

import { DepthmeshError } from "../../../core/errors.js";
import type { Log } from "../../../kit/log.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { OrderRecovery } from "../../../pipeline/orders/order-recovery.js";
import { expire } from "../../../pipeline/record/endings.js";
import { isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import { type JobStore, updateRecord } from "../../../pipeline/record/store.js";
import { STAGES, type Stage } from "../../../pipeline/stages.js";
import { cancelSubject } from "../../../pipeline/topology/names.js";
import type { JobIndex } from "./job-index.js";

/** Jobs looked at at once. */
const AT_ONCE = 16;
export interface ReconcilerOptions {
  readonly bus: Bus;
  readonly store: JobStore;
  readonly log: Log;
  readonly index: JobIndex;
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #orderRecovery: OrderRecovery;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#orderRecovery = new OrderRecovery(options.bus, options.store);
  }

  /** One look at every living job. Throws BUS_UNAVAILABLE. */
  async pass(signal: AbortSignal): Promise<void> {
    const jobs = [...this.#options.index.live.values()];
    const look = async () => {
      for (let job = jobs.shift(); job && !signal.aborted; job = jobs.shift())
        await this.#look(job);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, look));
  }

  /** End the living jobs whose deadline has passed. Throws BUS_UNAVAILABLE. */
  async expireDue(): Promise<void> {
    for (const record of [...this.#options.index.live.values()]) {
      if (expire(record, Date.now())) await this.#forgiving(record, () => this.#expire(record.id));
    }
  }

  async #look(record: JobRecord): Promise<void> {
    await this.#forgiving(record, async () => {
      if (expire(record, Date.now())) return this.#expire(record.id);
      const stage = waitingStage(record);
      if (!stage) return;
      const taken = await this.#orderRecovery.check(record, stage);
      if (taken !== "none") {
        this.#options.log.info({ job: record.id, stage, taken }, "order seen to");
      }
    });
  }

  async #expire(id: string): Promise<void> {
    const { store, bus, log } = this.#options;
    const { record, changed } = await updateRecord(store, id, (current) =>
      expire(current, Date.now()),
    );
    if (!changed) return;
    // Whoever works on it looks at the record then.
    bus.connection.publish(cancelSubject(id));
    log.info({ job: id, state: record.state }, "out of time");
  }

  /** One job's trouble is not the others'; a bus that is away is everybody's. */
  async #forgiving({ id }: JobRecord, work: () => Promise<void>): Promise<void> {
    const { bus, index, log } = this.#options;
    try {
      await work();
    } catch (error) {
      const reason = error instanceof DepthmeshError ? error.reason : undefined;
      if (reason === "BUS_UNAVAILABLE" || !bus.connectionState.isUp) throw error;
      // The watch has not told of its removal, or never will.
      if (reason === "JOB_NOT_FOUND") index.forget(id);
      else log.warn({ err: error, job: id }, "not seen to; the next pass tries again");
    }
  }
}

/** The first stage that is not done is the one that waits: render watches over encode's order. */
function waitingStage(record: JobRecord): Stage | undefined {
  if (isTerminal(record)) return undefined;
  return STAGES.find((stage) => !record.stages[stage].done);
}
