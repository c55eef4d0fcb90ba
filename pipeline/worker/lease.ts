/** A held stage: renews itself, reports progress, ends as commit, release or failure, and aborts its work when lost. */
import type { JsMsg } from "nats";
import { DepthmeshError } from "../../core/errors.js";
import { pause, timerAt } from "../../kit/async/delay.js";
import type { Log } from "../../kit/log.js";
import type { Bus } from "../../kit/nats/connect.js";
import { failpoint } from "../../kit/process/failpoint.js";
import { type Order, publishDecidedOrder } from "../orders/order.js";
import { completeFromCache, expire, fail } from "../record/endings.js";
import { holds, isTerminal, type JobError, type JobRecord } from "../record/record.js";
import { type JobStore, type Updated, updateRecord, type Versioned } from "../record/store.js";
import {
  changesReport,
  commit,
  publishReport,
  type ReleaseCause,
  release,
  renew,
  type StageReport,
  type StageResult,
} from "../record/transitions.js";
import type { EarlierResult } from "../results/result-cache.js";
import { NEXT_STAGE } from "../stages.js";
import { progressSubject } from "../topology/names.js";

/** At most five progress messages a second and stage. */
const PROGRESS_INTERVAL_MS = 200;
const BUS_RETRY_MS = 250;

export interface LeaseOptions {
  readonly bus: Bus;
  readonly store: JobStore;
  readonly log: Log;
  readonly leaseMs: number;
}

/** What a take has won. */
export interface Taken extends Versioned {
  readonly order: Order;
  readonly token: string;
}

export class StageLease {
  /** Fires with what ends the work: LEASE_LOST, JOB_CANCELLED, JOB_DEADLINE_EXCEEDED, STAGE_STALLED or DRAINING. */
  readonly signal: AbortSignal;
  readonly token: string;
  readonly order: Order;
  readonly #options: LeaseOptions;
  readonly #message: JsMsg;
  readonly #abort = new AbortController();
  readonly #given = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #deadline: NodeJS.Timeout | undefined;
  /** The newest record that this lease has seen: its next change needs no read where nobody else has written. */
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

  /** Fraction of this stage in [0, 1]; it reaches watchers within 200 ms and the record with the next renewal. */
  report(fraction: number): void {
    failpoint("mid-work", this.order.job);
    this.#progress = Math.max(this.#progress, fraction);
    const nowMs = Date.now();
    if (nowMs - this.#reportedAtMs < PROGRESS_INTERVAL_MS && fraction < 1) return;
    this.#reportedAtMs = nowMs;
    const { job, stage } = this.order;
    const payload = JSON.stringify({ stage, fraction: this.#progress });
    const { tenant } = this.#known.record;
    this.#options.bus.connection.publish(progressSubject(tenant, job), payload);
  }

  /** Renew now. Aborts the work when the lease is lost or the job has ended; ends the job when its deadline has passed. */
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
      if (error instanceof DepthmeshError && error.reason === "JOB_NOT_FOUND") this.abort(error);
      // The bus is away: the lease runs on until another worker takes it.
      else log.warn({ err: error, job }, "lease not renewed");
    }
  }

  abort(error: DepthmeshError): void {
    this.#abort.abort(error);
  }

  /** The record as this lease has last seen it. */
  get record(): JobRecord {
    return this.#known.record;
  }

  /** Stop waiting for the bus: what is not settled yet stays so until the order comes again. */
  giveUpWaiting(): void {
    this.#given.abort();
  }

  /** Make artifacts and notes visible before the stage is done. Throws LEASE_LOST. */
  async publish(report: StageReport): Promise<void> {
    const { stage } = this.order;
    if (!changesReport(this.record, stage, report)) return;
    const { record, changed } = await this.update((current) =>
      publishReport(current, stage, this.token, report, Date.now()),
    );
    if (!changed) throw lossOf(record);
  }

  /**
   * Keep the result, publish the next order. A bus that is away is waited for: what was made is not thrown away. Throws
   * LEASE_LOST when another worker owns the stage.
   */
  async commit(result: StageResult): Promise<void> {
    const { bus } = this.#options;
    const { job, stage } = this.order;
    failpoint("after-output-before-commit", job);
    const record = await this.#finish((current) =>
      commit(current, stage, this.token, result, Date.now()),
    );
    failpoint("after-commit-before-publish", job);
    const next = NEXT_STAGE[stage];
    if (next && !isTerminal(record))
      await this.persist(() => publishDecidedOrder(bus, record, next));
  }

  /** Keep the result of depth, and end the job with what an earlier one has made. Waits and throws as `commit` does. */
  async completeFromCache(result: StageResult, earlier: EarlierResult): Promise<void> {
    await this.#finish((current) =>
      completeFromCache(current, this.token, result, earlier, Date.now()),
    );
  }

  /** The record in which this lease's stage is done. */
  async #finish(change: (record: JobRecord) => JobRecord | undefined): Promise<JobRecord> {
    this.#settle();
    const { record } = await this.persist(() => this.update(change));
    // Not whether it changed: an earlier try may have been written without an answer.
    if (record.stages[this.order.stage].doneBy !== this.token) throw lossOf(record);
    return record;
  }

  /** Give the stage back for the next worker. Returns the record afterwards. */
  async release(cause: ReleaseCause): Promise<JobRecord> {
    this.#settle();
    const { stage } = this.order;
    const { record } = await this.persist(() =>
      this.update((current) => release(current, stage, this.token, cause, Date.now())),
    );
    return record;
  }

  /** End the job with an error, where the lease still holds. Returns the record afterwards. */
  async fail(error: JobError): Promise<JobRecord> {
    this.#settle();
    const holder = { stage: this.order.stage, token: this.token };
    const { record } = await this.persist(() =>
      this.update((current) => fail(current, holder, error, Date.now())),
    );
    return record;
  }

  /** Stop renewing. */
  close(): void {
    this.#settle();
  }

  /** Change the record. Whether the change needs this lease is the change's own matter. Throws BUS_UNAVAILABLE. */
  async update(change: (record: JobRecord) => JobRecord | undefined): Promise<Updated> {
    const { store } = this.#options;
    const updated = await updateRecord(store, this.order.job, change, this.#known);
    this.#known = updated;
    return updated;
  }

  /** Do it until the bus answers, or the worker has no time left. */
  async persist<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        const isAway = error instanceof DepthmeshError && error.reason === "BUS_UNAVAILABLE";
        if (!isAway || this.#given.signal.aborted) throw error;
        await pause(BUS_RETRY_MS, this.#given.signal);
      }
    }
  }

  #settle(): void {
    this.#settled = true;
    clearInterval(this.#timer);
    clearTimeout(this.#deadline);
  }
}

function lossOf(record: JobRecord): DepthmeshError {
  if (isTerminal(record)) {
    return new DepthmeshError("JOB_CANCELLED", `the job is ${record.state.toLowerCase()}`);
  }
  return new DepthmeshError("LEASE_LOST", "another worker has taken the stage over");
}
