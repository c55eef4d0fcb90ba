/** The gateway takes no orders; its work is to look after the jobs, their orders, their events and their files. */
import { join } from "node:path";
import { pause } from "../../../kit/async/delay.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import type { GatewayContext } from "../context.js";
import { Deadlines } from "./deadlines.js";
import { EventPublisher } from "./event-publisher.js";
import { JobIndex } from "./job-index.js";
import { MaxDeliveriesHandler } from "./max-deliveries.js";
import { OrphanedOrders } from "./orphaned-orders.js";
import { Quarantine } from "./quarantine.js";
import { Reconciler } from "./reconciler.js";
import { isOver } from "./retention.js";
import { sweep } from "./sweep.js";

/** From the server's return to the look at what it has kept: workers that live renew their leases at once. */
const RENEWED_WITHIN_MS = 1_000;

export class Maintenance {
  readonly #context: GatewayContext;
  readonly #index: JobIndex;
  readonly #events: EventPublisher;
  readonly #quarantine: Quarantine;
  readonly #maxDeliveries: MaxDeliveriesHandler;
  readonly #orphaned: OrphanedOrders;
  readonly #reconciler: Reconciler;
  readonly #deadlines: Deadlines;
  readonly #stop = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();
  #sweptAtMs = 0;
  /** The server has returned, or the gateway has started, since the last look. */
  #isAfterReturn = true;
  #returned = new AbortController();
  #forgetReturn: () => void = () => {};

  constructor(context: GatewayContext) {
    const { bus, store, log, blobs, config } = context;
    this.#context = context;
    this.#index = new JobIndex(store, log);
    this.#events = new EventPublisher(bus, log, (id) => this.#index.has(id));
    const folder = join(config.blobFolder, "quarantine");
    this.#quarantine = new Quarantine({ folder, blobs, hours: config.quarantineHours, log });
    this.#maxDeliveries = new MaxDeliveriesHandler({ bus, store, log });
    this.#orphaned = new OrphanedOrders({
      bus,
      look: (message) => this.#maxDeliveries.look(message),
    });
    const parts = { bus, store, log, index: this.#index };
    this.#reconciler = new Reconciler(parts);
    this.#deadlines = new Deadlines(this.#index, () =>
      this.#attempt("deadlines", () => this.#reconciler.expireDue()),
    );
    for (const listener of [this.#events, this.#quarantine, this.#deadlines])
      this.#index.listen(listener);
  }

  start(): void {
    const { signal } = this.#stop;
    this.#maxDeliveries.start();
    this.#forgetReturn = this.#context.bus.connectionState.onReturn(() => {
      this.#isAfterReturn = true;
      this.#returned.abort();
    });
    this.#loops = Promise.all([this.#follow(signal), this.#look(signal)]);
  }

  /** Until what has happened to the job is told to those outside. Throws BUS_UNAVAILABLE when that takes too long. */
  untilTold(record: JobRecord): Promise<void> {
    return this.#events.untilHas(record.id, record.history.at(-1)?.number ?? 0);
  }

  async drain(): Promise<void> {
    this.#stop.abort();
    this.#forgetReturn();
    this.#deadlines.close();
    this.#maxDeliveries.close();
    await this.#loops;
    await this.#quarantine.settled();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    await this.#events.open(signal);
    await Promise.all([this.#index.run(signal), this.#events.run(signal)]);
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { bus, config } = this.#context;
    const { maintenanceMs, sweepMs } = config;
    while (!signal.aborted) {
      await bus.connectionState.untilUp(signal);
      await this.#attempt("stranded orders", () => this.#lookForOrphaned());
      await this.#attempt("orders", () => this.#reconciler.pass(signal));
      await this.#attempt("given up orders", () => this.#maxDeliveries.pass());
      await this.#attempt("quarantine", () => this.#quarantine.clear());
      await this.#attempt("retention", () => this.#forgetOver());
      if (Date.now() - this.#sweptAtMs >= sweepMs && !signal.aborted) {
        this.#sweptAtMs = Date.now();
        await this.#attempt("sweep", () => this.#sweep());
      }
      await pause(maintenanceMs, AbortSignal.any([signal, this.#returned.signal]));
      if (this.#returned.signal.aborted) await pause(RENEWED_WITHIN_MS, signal);
    }
  }

  async #lookForOrphaned(): Promise<void> {
    const isAfterReturn = this.#isAfterReturn;
    this.#returned = new AbortController();
    await this.#orphaned.pass(isAfterReturn);
    if (!this.#returned.signal.aborted) this.#isAfterReturn = false;
  }

  /** A job's record goes when its time is over and all that happened to it is told. */
  async #forgetOver(): Promise<void> {
    const { store, config, log } = this.#context;
    for (const job of [...this.#index.ended.values()]) {
      if (!isOver(job, config, Date.now()) || !this.#events.has(job.id, job.lastEntry)) continue;
      await store.remove(job.id);
      log.info({ job: job.id, state: job.state }, "job forgotten: its time is over");
    }
  }

  #sweep(): Promise<void> {
    const { bus, buckets, blobs, log, config } = this.#context;
    // Every bucket but those that name none: a bucket that is new keeps what it names from the start.
    const { requests: _requests, workers: _workers, ...naming } = buckets;
    return sweep({
      ...{ bus, blobs, log },
      buckets: Object.values(naming),
      graceMs: config.blobGraceMs,
      markAgeMs: config.sweepMs,
    });
  }

  /** What fails, as everything does while NATS is away, is done at the next look. */
  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#context.log.warn({ err: error, what }, "upkeep was cut short; the next look goes on");
    }
  }
}
