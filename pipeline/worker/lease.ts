/**
 * The lease of a stage that a worker holds: renews itself, reports progress, ends by commit,
 * release or failure, and aborts the work when it is lost.
 */
import type { JsMsg } from "nats";
import { DepthmeshError } from "../../core/errors.js";
import { pause, timerAt } from "../../kit/async/delay.js";
import type { Log } from "../../kit/log.js";
import type { Bus } from "../../kit/nats/connect.js";
import { failpoint } from "../../kit/process/failpoint.js";
import { type Order, publishDecidedOrder } from "../orders/order.js";
import { completeFromCache, expire, fail } from "../record/endings.js";
import { progressMessage } from "../record/progress.js";
import { holds, isTerminal, type JobError, type JobRecord } from "../record/record.js";
import { type JobStore, type Updated, updateRecord, type Versioned } from "../record/store.js";
import {
  changesReport,
  commit,
  publishReport,
  type ReleaseCause,
  release,
  remakeDepth,
  renew,
  type StageReport,
  type StageResult,
} from "../record/transitions.js";
import type { EarlierResult } from "../results/result-cache.js";
import { NEXT_STAGE } from "../stages.js";
import { progressSubject } from "../topology/names.js";

/** At most five progress messages per second for each stage. */
const PROGRESS_INTERVAL_MS = 200;
const BUS_RETRY_MS = 250;

export interface LeaseOptions {
  readonly bus: Bus;
  readonly store: JobStore;
  readonly log: Log;
  readonly leaseMs: number;
}

/**
 * A stage that was acquired: its order, the token of the lease, and the record with its revision.
 */
export interface Taken extends Versioned {
  readonly order: Order;
  readonly token: string;
}

export class StageLease {
  /**
   * Fires with the error that ends the work: LEASE_LOST, JOB_CANCELLED, JOB_DEADLINE_EXCEEDED,
   * JOB_ALREADY_TERMINAL, STAGE_STALLED, DRAINING or what a service passes to `abort`.
   */
  readonly signal: AbortSignal;
  readonly token: string;
  readonly order: Order;
  readonly #options: LeaseOptions;
  readonly #message: JsMsg;
  readonly #abort = new AbortController();
  readonly #stopWaiting = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #deadline: NodeJS.Timeout | undefined;
  /** The newest record that this lease has seen; saves a read when nobody else has changed it. */
  #known: Versioned;
  #progress = 0;
  #reportedAtMs = 0;
  #settled = false;

  constructor(options: LeaseOptions, message: JsMsg, taken: Taken) {
    const { order, token, record, revision } = taken;
    this.#options = options;
    this.#message = message;
    this.#known = { record, revision };
    this.order = order;
    this.token = token;
    this.signal = this.#abort.signal;
    this.#timer = setInterval(() => void this.check(), options.leaseMs / 6);
    const { deadlineAtMs } = record;
    if (deadlineAtMs !== null) this.#deadline = timerAt(deadlineAtMs, () => void this.check());
  }

  /**
   * Reports progress, a fraction of this stage in [0, 1]. It reaches watchers within 200 ms, and
   * the record with the next renewal.
   */
  report(fraction: number): void {
    failpoint("mid-work", this.order.job);
    this.#progress = Math.max(this.#progress, fraction);
    const nowMs = Date.now();
    if (nowMs - this.#reportedAtMs < PROGRESS_INTERVAL_MS && fraction < 1) return;
    this.#reportedAtMs = nowMs;
    const { job, stage } = this.order;
    const payload = progressMessage({ stage, fraction: this.#progress });
    const { tenant } = this.#known.record;
    this.#options.bus.connection.publish(progressSubject(tenant, job, stage), payload);
  }

  /**
   * Renews the lease now (rule 3). Aborts the work when the lease is lost or the job has ended;
   * ends the job when its deadline has passed.
   */
  async check(): Promise<void> {
    if (this.#settled) return;
    const { leaseMs, log } = this.#options;
    const { job, stage } = this.order;
    try {
      this.#message.working();
      const { record } = await this.update((current) => {
        const nowMs = Date.now();
        const timing = { leaseMs, nowMs };
        return expire(current, nowMs) ?? renew(current, stage, this.token, timing, this.#progress);
      });
      if (!this.#settled && !holds(record, stage, this.token)) this.abort(lossOf(record));
    } catch (error) {
      const reason = error instanceof DepthmeshError ? error.reason : undefined;
      const isGone = reason === "JOB_NOT_FOUND" || reason === "JOB_RECORD_UNREADABLE";
      if (error instanceof DepthmeshError && isGone) this.abort(error);
      // NATS is away: the lease stays valid until another worker takes it over.
      else log.warn({ err: error, job }, "could not renew the lease");
    }
  }

  abort(error: DepthmeshError): void {
    this.#abort.abort(error);
  }

  /** The newest record that this lease has seen. */
  get record(): JobRecord {
    return this.#known.record;
  }

  /** Its revision in the store. */
  get revision(): number {
    return this.#known.revision;
  }

  /**
   * Stops waiting for NATS. What is not settled by then stays so until the order is delivered
   * again.
   */
  giveUpWaiting(): void {
    this.#stopWaiting.abort();
  }

  /**
   * Stores artifacts and notes before the stage is done, so that callers see them. Throws
   * LEASE_LOST.
   */
  async publish(report: StageReport): Promise<void> {
    const { stage } = this.order;
    if (!changesReport(this.record, stage, report)) return;
    const { record, changed } = await this.update((current) =>
      publishReport(current, stage, this.token, report, Date.now()),
    );
    if (!changed) throw this.#lost(record);
  }

  /**
   * Stores the result, then publishes the next order (rule 4: commit, publish, ack). While NATS is
   * away it waits, so that the result is not lost. Throws LEASE_LOST when another worker holds the
   * stage.
   */
  async commit(result: StageResult): Promise<void> {
    const { bus } = this.#options;
    const { job, stage } = this.order;
    failpoint("after-output-before-commit", job);
    const record = await this.finish((current) =>
      commit(current, stage, this.token, result, Date.now()),
    );
    failpoint("after-commit-before-publish", job);
    const next = NEXT_STAGE[stage];
    if (next && !isTerminal(record))
      await this.persist(() => publishDecidedOrder(bus, record, next, this.revision));
  }

  /**
   * Stores the result of depth and ends the job with the result of an earlier one. Waits and throws
   * as `commit` does.
   */
  async completeFromCache(result: StageResult, earlier: EarlierResult): Promise<void> {
    await this.finish((current) =>
      completeFromCache(current, this.token, result, earlier, Date.now()),
    );
  }

  /**
   * Makes the change that ends this stage, and returns the record afterwards. Waits and throws as
   * `commit` does.
   */
  async finish(change: (record: JobRecord) => JobRecord | undefined): Promise<JobRecord> {
    this.#stopRenewing();
    const { record } = await this.persist(() => this.update(change));
    // `changed` does not tell: an earlier try may have been written although its answer was lost.
    if (record.stages[this.order.stage].doneBy !== this.token) throw this.#lost(record);
    return record;
  }

  /** Gives the stage back for another worker. Returns the record afterwards. */
  release(cause: ReleaseCause): Promise<JobRecord> {
    const { stage } = this.order;
    return this.settle((current) => release(current, stage, this.token, cause, Date.now()));
  }

  /**
   * Gives the stage back and decides depth's order anew, because its file is lost or damaged. The
   * gateway publishes that order (rule 11), because a later stage may not order an earlier one. The
   * stage stays held when that was done too often already. Returns the record afterwards.
   */
  remakeDepth(reason: string): Promise<JobRecord> {
    const { stage } = this.order;
    return this.settle((current) => remakeDepth(current, stage, this.token, reason, Date.now()));
  }

  /** Ends the job with an error, unless the lease is lost. Returns the record afterwards. */
  fail(error: JobError): Promise<JobRecord> {
    const holder = { stage: this.order.stage, token: this.token };
    return this.settle((current) => fail(current, holder, error, Date.now()));
  }

  /**
   * Makes a change with which this attempt ends, waiting while NATS is away. Does not check the
   * lease: pass a `change` that does. Returns the record afterwards.
   */
  async settle(change: (record: JobRecord) => JobRecord | undefined): Promise<JobRecord> {
    this.#stopRenewing();
    const { record } = await this.persist(() => this.update(change));
    return record;
  }

  /** Stops renewing. */
  close(): void {
    this.#stopRenewing();
  }

  /**
   * Changes the record. Does not check the lease: pass a `change` that does. Throws
   * BUS_UNAVAILABLE.
   */
  async update(change: (record: JobRecord) => JobRecord | undefined): Promise<Updated> {
    const { store } = this.#options;
    const updated = await updateRecord(store, this.order.job, change, this.#known);
    this.#known = updated;
    return updated;
  }

  /** Repeats `act` until NATS answers, or until `giveUpWaiting`. */
  async persist<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        const isAway = error instanceof DepthmeshError && error.reason === "BUS_UNAVAILABLE";
        if (!isAway || this.#stopWaiting.signal.aborted) throw error;
        await pause(BUS_RETRY_MS, this.#stopWaiting.signal);
      }
    }
  }

  /** The error of work that goes on although the lease is lost; ends all of the work. */
  #lost(record: JobRecord): DepthmeshError {
    const error = lossOf(record);
    this.abort(error);
    return error;
  }

  #stopRenewing(): void {
    this.#settled = true;
    clearInterval(this.#timer);
    clearTimeout(this.#deadline);
  }
}

/** Why the holder of a lease may not go on. */
export function lossOf(record: JobRecord): DepthmeshError {
  const { state, error } = record;
  if (state === "CANCELLED") return new DepthmeshError("JOB_CANCELLED", "the job is cancelled");
  if (error?.reason === "JOB_DEADLINE_EXCEEDED") {
    const metadata = { ...error.metadata };
    return new DepthmeshError("JOB_DEADLINE_EXCEEDED", error.message, { metadata });
  }
  if (isTerminal(record)) {
    return new DepthmeshError("JOB_ALREADY_TERMINAL", `the job is ${state.toLowerCase()}`);
  }
  return new DepthmeshError("LEASE_LOST", "another worker has taken the stage over");
}
