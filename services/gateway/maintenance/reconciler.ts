/**
 * Reconciler (rule 11 in docs/decisions): in each pass it checks every unfinished job. It ends a
 * job whose deadline has passed. It lets order recovery (pipeline/orders/order-recovery.ts) publish
 * a lost order again, because otherwise no worker would ever take the job.
 */
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

const CONCURRENT_JOBS = 16;

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

  /** Checks every unfinished job once, and every segment of one. Throws BUS_UNAVAILABLE. */
  async pass(signal: AbortSignal): Promise<void> {
    const { live, segments } = this.#options.index;
    const jobs = [...live.values(), ...segments.values()].values();
    const run = async () => {
      for (const job of jobs) {
        if (signal.aborted) return;
        await this.#check(job);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_JOBS }, run));
  }

  /** Ends every unfinished job whose deadline has passed. Throws BUS_UNAVAILABLE. */
  async expireDue(): Promise<void> {
    const { live, segments } = this.#options.index;
    for (const record of [...live.values(), ...segments.values()]) {
      if (expire(record, Date.now())) await this.#isolated(record, () => this.#expire(record.id));
    }
  }

  async #check(record: JobRecord): Promise<void> {
    await this.#isolated(record, async () => {
      if (expire(record, Date.now())) return this.#expire(record.id);
      const stage = waitingStage(record);
      if (!stage) return;
      const action = await this.#orderRecovery.check(record, stage);
      if (action !== "none") {
        this.#options.log.info({ job: record.id, stage, action }, "lost order published again");
      }
    });
  }

  async #expire(id: string): Promise<void> {
    const { store, bus, log } = this.#options;
    const { record, changed } = await updateRecord(store, id, (current) =>
      expire(current, Date.now()),
    );
    if (!changed) return;
    // The hint makes a worker that holds the job read the record and stop.
    bus.connection.publish(cancelSubject(id));
    log.info({ job: id, state: record.state }, "job ended: its deadline has passed");
  }

  /** A failure of one job must not stop the pass, but while NATS is away every job would fail. */
  async #isolated({ id }: JobRecord, work: () => Promise<void>): Promise<void> {
    const { bus, index, log } = this.#options;
    try {
      await work();
    } catch (error) {
      const reason = error instanceof DepthmeshError ? error.reason : undefined;
      if (reason === "BUS_UNAVAILABLE" || !bus.connectionState.isUp) throw error;
      // The record is gone, and the watch has not reported it yet, or missed it.
      if (reason === "JOB_NOT_FOUND") index.forget(id);
      else log.warn({ err: error, job: id }, "job not reconciled; the next pass tries again");
    }
  }
}

/**
 * The first stage that is not done. This is never encode while render is not done: render itself
 * recovers encode's order.
 */
function waitingStage(record: JobRecord): Stage | undefined {
  if (isTerminal(record)) return undefined;
  return STAGES.find((stage) => !record.stages[stage].done);
}
