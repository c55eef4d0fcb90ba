/** The gateway takes no orders; its background work is that every decided order is on the bus (rule 11). */
import { STAGES } from "../../kit/bus/subjects.js";
import { OrderCare } from "../../kit/jobs/order-care.js";
import { isTerminal, type JobRecord } from "../../kit/jobs/record.js";
import type { ServiceContext } from "../../kit/service.js";
import type { GatewayConfig } from "./config.js";

const INTERVAL_MS = 20_000;

export class GatewayWorker {
  readonly #context: ServiceContext<GatewayConfig>;
  readonly #orderCare: OrderCare;
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> = Promise.resolve();

  constructor(context: ServiceContext<GatewayConfig>) {
    this.#context = context;
    this.#orderCare = new OrderCare(context.bus, context.store);
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

  /** The first stage that is not done is the one that waits: render watches over encode's order. */
  async #mend(record: JobRecord): Promise<void> {
    const stage = STAGES.find((candidate) => !record.stages[candidate].done);
    if (isTerminal(record) || !stage) return;
    const taken = await this.#orderCare.check(record, stage);
    if (taken !== "none") this.#context.log.info({ job: record.id, stage, taken }, "order seen to");
  }
}
