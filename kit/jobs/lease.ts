/** A held stage: renews itself, reports progress, ends as commit, release or failure, and aborts its work when lost. */
import type { JsMsg } from "nats";
import type { Bus } from "../bus/connect.js";
import type { Order } from "../bus/order.js";
import { progressSubject } from "../bus/subjects.js";
import { DepthmeshError } from "../errors.js";
import { failpoint } from "../failpoint.js";
import type { Log } from "../log.js";
import { publishDecided } from "./outbox.js";
import { isTerminal, type JobRecord } from "./record.js";
import type { JobStore } from "./store.js";
import {
  commit,
  type Findings,
  holds,
  NEXT_STAGE,
  publishFindings,
  release,
  renew,
  type StageResult,
} from "./transitions.js";

/** At most five progress messages a second and stage. */
const PROGRESS_INTERVAL_MS = 200;

export interface LeaseOptions {
  readonly bus: Bus;
  readonly store: JobStore;
  readonly log: Log;
  readonly leaseMs: number;
}

export class StageLease {
  /** Fires with the error that ends the work: LEASE_LOST, JOB_CANCELLED or DRAINING. */
  readonly signal: AbortSignal;
  readonly token: string;
  readonly order: Order;
  readonly #options: LeaseOptions;
  readonly #message: JsMsg;
  readonly #tenant: string;
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #progress = 0;
  #reportedAtMs = 0;
  #settled = false;

  constructor(
    options: LeaseOptions,
    message: JsMsg,
    order: Order,
    record: JobRecord,
    token: string,
  ) {
    this.#options = options;
    this.#message = message;
    this.#tenant = record.tenant;
    this.order = order;
    this.token = token;
    this.signal = this.#abort.signal;
    this.#timer = setInterval(() => void this.check(), options.leaseMs / 6);
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
    this.#options.bus.connection.publish(progressSubject(this.#tenant, job), payload);
  }

  /** Renew now. Aborts the work when the lease is lost or the job has ended. */
  async check(): Promise<void> {
    if (this.#settled) return;
    const { store, leaseMs, log } = this.#options;
    const { job, stage } = this.order;
    try {
      this.#message.working();
      const { record } = await store.update(job, (current) =>
        renew(current, stage, this.token, { leaseMs, nowMs: Date.now() }, this.#progress),
      );
      if (!this.#settled && !holds(record, stage, this.token)) this.abort(lossOf(record));
    } catch (error) {
      // The bus is away: the lease runs on until another worker takes it.
      log.warn({ err: error, job }, "lease not renewed");
    }
  }

  abort(error: DepthmeshError): void {
    this.#abort.abort(error);
  }

  /** Make artifacts and notes visible before the stage is done. Throws LEASE_LOST. */
  async publish(findings: Findings): Promise<void> {
    const { job, stage } = this.order;
    const { record, changed } = await this.#options.store.update(job, (current) =>
      publishFindings(current, stage, this.token, findings, Date.now()),
    );
    if (!changed) throw lossOf(record);
  }

  /** Keep the result, publish the next order. Throws LEASE_LOST when another worker owns the stage. */
  async commit(result: StageResult): Promise<void> {
    this.#settle();
    const { store, bus } = this.#options;
    const { job, stage } = this.order;
    failpoint("after-output-before-commit", job);
    const { record, changed } = await store.update(job, (current) =>
      commit(current, stage, this.token, result, Date.now()),
    );
    if (!changed) throw lossOf(record);
    failpoint("after-commit-before-publish", job);
    const next = NEXT_STAGE[stage];
    if (next && !isTerminal(record)) await publishDecided(bus, store, record, next);
  }

  /** Give the stage back for the next worker. `failed` counts an attempt. Returns the record afterwards. */
  async release(failed: boolean): Promise<JobRecord> {
    this.#settle();
    const { job, stage } = this.order;
    const { record } = await this.#options.store.update(job, (current) =>
      release(current, stage, this.token, failed),
    );
    return record;
  }

  /** Stop renewing. */
  close(): void {
    this.#settle();
  }

  #settle(): void {
    this.#settled = true;
    clearInterval(this.#timer);
  }
}

function lossOf(record: JobRecord): DepthmeshError {
  if (isTerminal(record)) {
    return new DepthmeshError("JOB_CANCELLED", `the job is ${record.state.toLowerCase()}`);
  }
  return new DepthmeshError("LEASE_LOST", "another worker has taken the stage over");
}
