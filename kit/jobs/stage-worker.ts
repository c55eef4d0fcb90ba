/** Takes orders of one stage, one a slot, and carries each through the rules around the service's own handler. */
import type { JsMsg, Subscription } from "nats";
import { pause, retryDelayMs } from "../backoff.js";
import type { Bus } from "../bus/connect.js";
import { OrderIntake } from "../bus/intake.js";
import { type Order, parseOrder } from "../bus/order.js";
import { cancelSubject, deadSubject, type Stage } from "../bus/subjects.js";
import { DepthmeshError, toDepthmeshError } from "../errors.js";
import type { Log } from "../log.js";
import { contextOfHeaders } from "../telemetry/propagation.js";
import { inSpan, SpanKind } from "../telemetry/tracing.js";
import { StageLease } from "./lease.js";
import { publishDecided } from "./outbox.js";
import { isTerminal, type JobRecord } from "./record.js";
import type { JobStore } from "./store.js";
import { type Acquisition, acquire, fail, POISON_LIMIT } from "./transitions.js";
import { watchWork } from "./watchdog.js";

/** What a handler works on. */
export interface StageWork {
  readonly record: JobRecord;
  readonly order: Order;
  readonly lease: StageLease;
}

export interface StageWorkerOptions {
  readonly stage: Stage;
  readonly worker: string;
  readonly slots: number;
  readonly leaseMs: number;
  /** For one attempt of the stage. */
  readonly stageDeadlineMs: number;
  /** Ends the process: a handler does not return. */
  readonly die: (why: Error) => void;
  readonly bus: Bus;
  readonly store: JobStore;
  readonly log: Log;
  /** Does the stage's work. It has committed when it returns; what it throws is retried, failed or dropped by its reason. */
  readonly handle: (work: StageWork) => Promise<void>;
  /** Part of the compare-and-set that takes the stage. Throw to come back later. */
  readonly onTake?: (record: JobRecord) => JobRecord;
}

/** Thrown by `onTake`: ask again after this time. */
export class NotYet extends Error {
  readonly delayMs: number;
  constructor(delayMs: number) {
    super("not yet");
    this.delayMs = delayMs;
  }
}

export class StageWorker {
  readonly #options: StageWorkerOptions;
  readonly #stop = new AbortController();
  readonly #leases = new Set<StageLease>();
  #intake: OrderIntake | undefined;
  #address: string | undefined;
  #cancels: Subscription | undefined;
  #slots: Promise<void>[] = [];

  constructor(options: StageWorkerOptions) {
    this.#options = options;
  }

  /** Orders held now. */
  get running(): number {
    return this.#leases.size;
  }

  /** Take orders. Leases name the address, where followers of the work can be served. */
  start(address?: string): void {
    this.#address = address;
    const { bus, stage, slots, log } = this.#options;
    // Before the first order is taken: a cancel must find its work.
    this.#cancels = bus.connection.subscribe(cancelSubject("*"), {
      callback: (_error, message) => this.#cancelHint(message.subject),
    });
    const intake = new OrderIntake(bus, stage, log);
    this.#intake = intake;
    this.#slots = Array.from({ length: slots }, () => this.#runSlot(intake));
  }

  /** Take no more orders; what is under way gets `graceMs`, then goes back to the queue. */
  async drain(graceMs: number): Promise<void> {
    this.#stop.abort();
    const slots = Promise.all(this.#slots);
    const finished = new AbortController();
    void slots.then(() => finished.abort());
    await pause(graceMs, finished.signal);
    for (const lease of this.#leases) {
      lease.abort(new DepthmeshError("DRAINING", "the worker is shutting down"));
    }
    await slots;
    this.#intake?.close();
    this.#cancels?.unsubscribe();
  }

  #cancelHint(subject: string): void {
    for (const lease of this.#leases) {
      if (cancelSubject(lease.order.job) === subject) void lease.check();
    }
  }

  async #runSlot(intake: OrderIntake): Promise<void> {
    for (;;) {
      const message = await intake.next(this.#stop.signal);
      if (!message) return;
      try {
        await this.#take(message);
      } catch (error) {
        // Not acked: the order comes again after its ack wait.
        this.#options.log.error({ err: error }, "order not handled");
      }
    }
  }

  async #take(message: JsMsg): Promise<void> {
    const order = parseOrder(message);
    if (!order) {
      this.#options.log.error({ subject: message.subject }, "no order of ours; dropped");
      message.term();
      return;
    }
    const attributes = { "messaging.system": "nats", "depthmesh.job": order.job };
    const parent = contextOfHeaders(message.headers);
    const acquired = await this.#acquire(order);
    switch (acquired?.kind) {
      case undefined:
        return message.ack();
      case "busy":
        return message.nak(acquired.nakMs);
      case "drop": {
        const { store, bus } = this.#options;
        const current = acquired.publish && (await store.read(order.job));
        if (current && acquired.publish) {
          await publishDecided(bus, store, current.record, acquired.publish);
        }
        return message.ack();
      }
      case "taken":
        await inSpan(
          `process ${order.stage}`,
          { kind: SpanKind.CONSUMER, attributes, parent },
          () => this.#work(message, order, acquired.record, acquired.token),
        ).catch(() => undefined);
    }
  }

  /** Undefined: there is no such job any more. */
  async #acquire(order: Order): Promise<Acquisition | undefined> {
    const { store, worker, leaseMs, onTake } = this.#options;
    const address = this.#address;
    const holder = { worker, leaseMs, ...(address !== undefined && { address }) };
    let decision: Acquisition | undefined;
    try {
      const { record } = await store.update(order.job, (current) => {
        decision = acquire(current, order, { ...holder, nowMs: Date.now() });
        if (decision.kind !== "taken") return undefined;
        return onTake ? onTake(decision.record) : decision.record;
      });
      return decision?.kind === "taken" ? { ...decision, record } : decision;
    } catch (error) {
      if (error instanceof NotYet) return { kind: "busy", nakMs: error.delayMs };
      if (error instanceof DepthmeshError && error.reason === "JOB_NOT_FOUND") return undefined;
      throw error;
    }
  }

  async #work(message: JsMsg, order: Order, record: JobRecord, token: string): Promise<void> {
    const lease = new StageLease(this.#options, message, order, record, token);
    this.#leases.add(lease);
    const unwatch = watchWork(lease, this.#options);
    try {
      const { crashes } = record.stages[order.stage];
      if (crashes >= POISON_LIMIT) throw poisoned(`crashed ${crashes} times`);
      await this.#options.handle({ record, order, lease });
      message.ack();
    } catch (error) {
      await this.#settleFailure(message, lease, error);
      throw error;
    } finally {
      unwatch();
      lease.close();
      this.#leases.delete(lease);
    }
  }

  async #settleFailure(message: JsMsg, lease: StageLease, thrown: unknown): Promise<void> {
    // What the work threw after an abort is only its echo.
    const error = toDepthmeshError(lease.signal.aborted ? lease.signal.reason : thrown);
    const { log } = this.#options;
    const { job, stage } = lease.order;
    log.warn({ job, stage, reason: error.reason, err: error.cause ?? error }, "stage not done");
    if (error.reason === "LEASE_LOST") return;
    if (error.reason === "DRAINING") {
      await lease.release(false);
      return message.nak();
    }
    if (error.reason === "CODEC_ELSEWHERE") {
      await lease.release(false);
      return message.nak(retryDelayMs(message.info.redeliveryCount - 1));
    }
    if (error.reason === "FRAME_SOURCE_LOST") {
      // Render, or its redelivery, makes the next order.
      await lease.release(false);
      return message.ack();
    }
    if (!error.retryable || error.reason === "POISONED") {
      await this.#giveUp(lease, error);
      return message.ack();
    }
    const record = await lease.release(true);
    const { attempts } = record.stages[stage];
    if (isTerminal(record)) return message.ack();
    if (attempts >= POISON_LIMIT) {
      await this.#giveUp(lease, poisoned(`failed ${attempts} times, last: ${error.reason}`));
      return message.ack();
    }
    message.nak(retryDelayMs(attempts - 1));
  }

  /** Dead record, then state, then (by the caller) ack. */
  async #giveUp(lease: StageLease, error: DepthmeshError): Promise<void> {
    const { bus, store } = this.#options;
    const { job, stage, orderId } = lease.order;
    const { reason, message, metadata } = error;
    const current = await store.read(job);
    if (!current || isTerminal(current.record)) return;
    const dead = JSON.stringify({ job, stage, orderId, reason, message, metadata });
    await bus.jetstream.publish(deadSubject(stage, reason), dead, { msgID: `${orderId}/dead` });
    await store.update(job, (record) => fail(record, { reason, message, metadata }, Date.now()));
  }
}

function poisoned(why: string): DepthmeshError {
  return new DepthmeshError("POISONED", `the stage ${why}`);
}
