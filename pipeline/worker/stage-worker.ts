/**
 * The worker loop of a stage: each slot takes one order at a time, acquires the stage, runs the
 * service's handler and acks or naks the order's message.
 */

import type { JsMsg, Subscription } from "nats";
import { DepthmeshError } from "../../core/errors.js";
import { sharedController } from "../../kit/async/abort.js";
import { pause } from "../../kit/async/delay.js";
import type { Log } from "../../kit/log.js";
import type { Bus } from "../../kit/nats/connect.js";
import { failpoint } from "../../kit/process/failpoint.js";
import { contextOfHeaders, inSpan, SpanKind } from "../../kit/telemetry/tracing.js";
import { type Order, parseOrder, publishDecidedOrder } from "../orders/order.js";
import { OrderPuller } from "../orders/order-puller.js";
import { POISON_LIMIT } from "../record/acquire.js";
import type { JobRecord } from "../record/record.js";
import type { Stage } from "../stages.js";
import { cancelSubject } from "../topology/names.js";
import { type AcquireOptions, acquireStage } from "./acquire-stage.js";
import { failureOf, settleFailure } from "./failure.js";
import { StageLease, type Taken } from "./lease.js";
import { countDelivered, measureAttempt, outcomeOf } from "./stage-metrics.js";
import { watchWork } from "./watchdog.js";

/** An order of a record that the server does not have yet comes back after it. */
const BEHIND_MS = 1_000;
/** Then the server has lost the record, and nobody writes it any more. */
const MAX_BEHIND_DELIVERIES = 5;

/** What a handler is called with. */
export interface StageWork {
  readonly record: JobRecord;
  readonly order: Order;
  readonly lease: StageLease;
}

export interface StageWorkerOptions extends AcquireOptions {
  readonly stage: Stage;
  readonly slots: number;
  /** Time limit for one attempt of the stage. */
  readonly stageDeadlineMs: number;
  /** Ends the process; called when a handler does not return after its abort. */
  readonly die: (why: Error) => void;
  /** Delay before the first retry of a failed stage; doubled for each further one. */
  readonly retryBaseMs: number;
  readonly bus: Bus;
  readonly log: Log;
  /**
   * Does the work of the stage, and commits before it returns. The reason of an error that it
   * throws decides what follows (failure.ts).
   */
  readonly handle: (work: StageWork) => Promise<void>;
}

export class StageWorker {
  readonly #options: StageWorkerOptions;
  /** Every slot listens to it. */
  readonly #stop = sharedController();
  /**
   * The grace period is over: held stages go back, and so do those that an order in flight still
   * acquires.
   */
  #isHandingBack = false;
  readonly #leases = new Set<StageLease>();
  #puller: OrderPuller | undefined;
  #address = "";
  #cancels: Subscription | undefined;
  #stopListening: () => void = () => {};
  #slots: Promise<void>[] = [];

  constructor(options: StageWorkerOptions) {
    this.#options = options;
  }

  /** Number of orders held now. */
  get running(): number {
    return this.#leases.size;
  }

  /** Begin to take orders. The process serves gRPC at `address` (host:port). */
  start(address: string): void {
    this.#address = address;
    const { bus, stage, slots, log } = this.#options;
    // Subscribed before the first order is taken, so that no cancel of held work is missed.
    this.#cancels = bus.connection.subscribe(cancelSubject("*"), {
      callback: (_error, message) => this.#cancelHint(message.subject),
    });
    // Leases may have expired while NATS was away: renew them before another worker takes them
    // over.
    this.#stopListening = bus.connectionState.onReturn(() => {
      for (const lease of this.#leases) void lease.check();
    });
    const puller = new OrderPuller(bus, stage, log);
    this.#puller = puller;
    this.#slots = Array.from({ length: slots }, () => this.#runSlot(puller));
  }

  /**
   * Takes no more orders. Work under way gets `graceMs` to finish, then its orders go back to the
   * queue.
   */
  async drain(graceMs: number): Promise<void> {
    this.#stop.abort();
    const slots = Promise.all(this.#slots);
    const finished = new AbortController();
    void slots.then(() => finished.abort());
    await pause(graceMs, finished.signal);
    this.#isHandingBack = true;
    for (const lease of this.#leases) handBack(lease);
    await slots;
    await this.#puller?.close();
    this.#cancels?.unsubscribe();
    this.#stopListening();
  }

  #cancelHint(subject: string): void {
    for (const lease of this.#leases) {
      if (cancelSubject(lease.order.job) === subject) void lease.check();
    }
  }

  async #runSlot(puller: OrderPuller): Promise<void> {
    for (;;) {
      const message = await puller.next(this.#stop.signal);
      if (!message) return;
      try {
        await this.#take(message);
      } catch (error) {
        // Not acked: NATS delivers the order again after its ack wait.
        this.#options.log.error({ err: error }, "could not handle an order");
      }
    }
  }

  async #take(message: JsMsg): Promise<void> {
    const order = parseOrder(message, this.#options.stage);
    if (!order) {
      this.#options.log.error(
        { subject: message.subject },
        "dropped a message that is not a valid order",
      );
      message.term();
      countDelivered(this.#options.stage, "invalid");
      return;
    }
    const attributes = { "messaging.system.name": "nats", "depthmesh.job": order.job };
    const parent = contextOfHeaders(message.headers);
    const acquired = await acquireStage(this.#options, order, {
      address: this.#address,
      seq: message.seq,
      mustEnd: () => this.#isHandingBack,
    });
    const drops = acquired === undefined || acquired.kind === "drop";
    const isBehind = drops && (await this.#isBehind(order, message));
    countDelivered(order.stage, isBehind ? "behind" : outcomeOf(acquired));
    if (isBehind) return message.nak(BEHIND_MS);
    switch (acquired?.kind) {
      case undefined:
        // Also what is left of a job whose record nats-server has lost, with its files.
        this.#options.log.warn({ job: order.job }, "dropped an order of a job without a record");
        return message.ack();
      case "expired":
        return message.ack();
      case "busy":
        return message.nak(acquired.nakMs);
      case "drop": {
        const { store, bus } = this.#options;
        const current = acquired.publish && (await store.read(order.job));
        if (current && acquired.publish)
          await publishDecidedOrder(bus, current.record, acquired.publish, current.revision);
        if (acquired.why === "early") {
          this.#options.log.warn({ job: order.job }, "dropped an order whose input does not exist");
        }
        return message.ack();
      }
      case "taken":
        await inSpan(
          `process ${order.stage}`,
          { kind: SpanKind.CONSUMER, attributes, parent },
          () => this.#work(message, { ...acquired, order }),
        ).catch(() => undefined);
    }
  }

  /**
   * Whether NATS lacks the record that has decided the order, so that dropping it would be wrong.
   */
  async #isBehind({ recordRevision }: Order, { info }: JsMsg): Promise<boolean> {
    if (recordRevision === undefined || info.deliveryCount > MAX_BEHIND_DELIVERIES) return false;
    return (await this.#options.store.lastRevision()) < recordRevision;
  }

  async #work(message: JsMsg, taken: Taken): Promise<void> {
    const lease = new StageLease(this.#options, message, taken);
    const { order, record } = taken;
    this.#leases.add(lease);
    if (this.#isHandingBack) handBack(lease);
    const startedAtMs = performance.now();
    try {
      lease.signal.throwIfAborted();
      const { crashes } = record.stages[order.stage];
      if (crashes >= POISON_LIMIT) {
        throw new DepthmeshError("POISONED", `the stage crashed ${crashes} times`);
      }
      failpoint("after-lease", order.job);
      await this.#handle({ record, order, lease });
      const seconds = Math.round(performance.now() - startedAtMs) / 1000;
      this.#options.log.info({ job: order.job, stage: order.stage, seconds }, "stage done");
      failpoint("after-commit-before-ack", order.job);
      message.ack();
      measureAttempt(order.stage, startedAtMs);
    } catch (error) {
      const { reason } = failureOf(error, lease.signal).error;
      measureAttempt(order.stage, startedAtMs, reason);
      await settleFailure(this.#options, { message, lease }, error);
      throw error;
    } finally {
      lease.close();
      this.#leases.delete(lease);
    }
  }

  async #handle(work: StageWork): Promise<void> {
    const unwatch = watchWork(work.lease, this.#options);
    try {
      await this.#options.handle(work);
    } finally {
      unwatch();
    }
  }
}

function handBack(lease: StageLease): void {
  lease.abort(new DepthmeshError("DRAINING", "the worker is shutting down"));
  lease.giveUpWaiting();
}
