/** The gateway takes no orders; its background work is that every decided order is on the bus (rule 11). */

import { orderExists } from "../../kit/bus/order.js";
import { STAGES, type Stage } from "../../kit/bus/subjects.js";
import { publishDecided } from "../../kit/jobs/outbox.js";
import { isTerminal, type JobRecord } from "../../kit/jobs/record.js";
import type { ServiceContext } from "../../kit/service.js";
import type { GatewayConfig } from "./config.js";

const INTERVAL_MS = 20_000;
/** A publisher that is alive needs far less between its decision and its publish. */
const UNPUBLISHED_AFTER_MS = 5_000;

export class GatewayWorker {
  readonly #context: ServiceContext<GatewayConfig>;
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> = Promise.resolve();

  constructor(context: ServiceContext<GatewayConfig>) {
    this.#context = context;
  }

  start(): void {
    this.#pass = this.#reconcile();
    this.#timer = setInterval(() => {
      this.#pass = this.#pass.then(() => this.#reconcile());
    }, INTERVAL_MS);
  }

  async drain(): Promise<void> {
    clearInterval(this.#timer);
    await this.#pass;
  }

  async #reconcile(): Promise<void> {
    const { store, log } = this.#context;
    try {
      for (const id of await store.ids()) {
        const found = await store.read(id);
        if (found) await this.#mend(found.record);
      }
    } catch (error) {
      log.warn({ err: error }, "reconciling was cut short; the next pass goes on");
    }
  }

  /** Publish the waiting stage's order again when no stream holds it. Safe: it stays the same order. */
  async #mend(record: JobRecord): Promise<void> {
    const { bus, store, log } = this.#context;
    const stage = waitingStage(record, Date.now());
    const order = stage && record.stages[stage].order;
    if (!stage || !order) return;
    if (order.seq !== null && (await orderExists(bus, stage, order.seq))) return;
    if (order.seq === null && Date.now() - order.decidedAtMs < UNPUBLISHED_AFTER_MS) return;
    log.info({ job: record.id, stage }, "order published again");
    await publishDecided(bus, store, record, stage);
  }
}

/** The first stage that is not done, unless a live lease shows that it is worked on or render watches over it. */
function waitingStage(record: JobRecord, nowMs: number): Stage | undefined {
  if (isTerminal(record)) return undefined;
  const stage = STAGES.find((candidate) => !record.stages[candidate].done);
  if (!stage) return undefined;
  const { lease } = record.stages[stage];
  return lease && lease.untilMs > nowMs ? undefined : stage;
}
