/**
 * Publishes each state change of each job as an event in the NATS stream `DM_EVENTS`, also those
 * that happened while no gateway ran. The first event of a new job waits until the job can no
 * longer be removed because its queue is full.
 */

import { DepthmeshError } from "../../../core/errors.js";
import { Condition } from "../../../kit/async/condition.js";
import { pause } from "../../../kit/async/delay.js";
import { Lru } from "../../../kit/async/lru.js";
import type { Log } from "../../../kit/log.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { eventsAfter, lastEvent, publishEvent } from "../../../pipeline/record/job-events.js";
import { isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import { EVENTS_STREAM } from "../../../pipeline/topology/names.js";
import { BUS_BUDGET_MS, isUnacknowledged } from "../upload/first-order.js";
import type { JobListener } from "./job-index.js";

/** Jobs whose events are published concurrently. */
const BATCH_JOBS = 64;
const RETRY_DELAY_MS = 500;
/**
 * Half the stream's dedupe window: NATS ignores repeated events of a job that is younger, so that
 * what was published before need not be looked up.
 */
const YOUNG_MS = 60_000;
/** More than the clocks of two hosts differ, and more than a publisher lags behind its watch. */
const SLACK_MS = 600_000;
const NANOSECONDS_PER_MS = 1e6;
const WAIT_LIMIT_MS = 2_000;
const REMEMBERED_ENDS = 10_000;
const UNTOLD_MS = 50;
/**
 * Until then a new record may be removed again: its creator's time budget for NATS, and a little
 * more.
 */
const UNCONFIRMED_MS = BUS_BUDGET_MS + 700;

export interface EventPublisherOptions {
  /** Whether the job has a record and has not ended. */
  readonly isLive: (id: string) => boolean;
  /**
   * What must have been done when the event of a job's end is in the stream. Called again after a
   * failure, and by other gateways for the same job.
   */
  readonly beforeEnd: (record: JobRecord) => Promise<void>;
}

/** A job that has ended. */
export interface PublishedEnd {
  readonly id: string;
  readonly tenant: string;
  /** Number of its last history entry. */
  readonly lastEntry: number;
  /** Unix milliseconds. */
  readonly endedAtMs: number;
}

export class EventPublisher implements JobListener {
  readonly #bus: Bus;
  readonly #log: Log;
  readonly #options: EventPublisherOptions;
  /** The newest record of each job that has events to publish. */
  readonly #pending = new Map<string, JobRecord>();
  /** Timers of new jobs that may still be removed because the queue is full. */
  readonly #unconfirmed = new Map<string, NodeJS.Timeout>();
  /** Number of the last history entry that the stream has, by job that has not ended. */
  readonly #published = new Map<string, number>();
  /** The same of jobs that have ended: the latest, because the stream tells the others. */
  readonly #ended = new Lru<number>(REMEMBERED_ENDS);
  /** Jobs that were removed while they were pending. */
  readonly #gone = new Set<string>();
  /** Notified when a job becomes pending. */
  readonly #hasWork = new Condition();
  /** Notified after each batch. */
  readonly #batchDone = new Condition();
  /**
   * Unix milliseconds: the events of jobs that ended earlier were all published before this start.
   */
  #settledBeforeMs = 0;
  /** How long the stream keeps an event. */
  #maxAgeMs = Number.POSITIVE_INFINITY;

  constructor(bus: Bus, log: Log, options: EventPublisherOptions) {
    this.#bus = bus;
    this.#log = log;
    this.#options = options;
  }

  onRecord(record: JobRecord): void {
    clearTimeout(this.#unconfirmed.get(record.id));
    this.#unconfirmed.delete(record.id);
    if (isUnacknowledged(record)) this.#enqueueWhenConfirmed(record);
    else this.#enqueue(record);
  }

  onRemoved(id: string): void {
    clearTimeout(this.#unconfirmed.get(id));
    this.#unconfirmed.delete(id);
    if (this.#pending.has(id)) this.#gone.add(id);
    this.#forget(id);
  }

  /** A job that is refused because its queue is full must have no events. */
  #enqueueWhenConfirmed(record: JobRecord): void {
    const confirm = () => {
      this.#unconfirmed.delete(record.id);
      if (this.#options.isLive(record.id)) this.#enqueue(record);
    };
    this.#unconfirmed.set(record.id, setTimeout(confirm, UNCONFIRMED_MS).unref());
  }

  #enqueue(record: JobRecord): void {
    const published = this.#publishedOf(record.id);
    if (lastEntry(record) <= (published ?? 0)) return;
    if (published === undefined && isTerminal(record) && endOf(record) < this.#settledBeforeMs) {
      return;
    }
    this.#gone.delete(record.id);
    this.#pending.set(record.id, record);
    this.#hasWork.notifyAll();
  }

  /**
   * Unix milliseconds: an ended job that is not published by then has no events that are missing.
   * Known once it is open.
   */
  get settledBeforeMs(): number {
    return this.#settledBeforeMs;
  }

  /**
   * Whether the stream has all events of a job that has ended: the record must be kept until then.
   * Throws BUS_UNAVAILABLE.
   */
  async hasAll({ id, tenant, lastEntry: last, endedAtMs }: PublishedEnd): Promise<boolean> {
    if (this.#pending.has(id)) return false;
    if ((this.#publishedOf(id) ?? 0) >= last || endedAtMs < this.#settledBeforeMs) return true;
    const found = await lastEvent(this.#bus, { tenant, id });
    return (found?.number ?? 0) >= last || endedAtMs < Date.now() - this.#maxAgeMs;
  }

  /** Resolves when the stream has all events of an ended job. Throws BUS_UNAVAILABLE after 2 s. */
  async waitUntilPublished(record: JobRecord): Promise<void> {
    const { id, tenant } = record;
    const ended = { id, tenant, lastEntry: lastEntry(record), endedAtMs: endOf(record) };
    const signal = AbortSignal.timeout(WAIT_LIMIT_MS);
    while (!(await this.hasAll(ended))) {
      if (signal.aborted) {
        throw new DepthmeshError("BUS_UNAVAILABLE", "the job's events are not published yet");
      }
      // The watch may not have told the end yet.
      if (this.#pending.has(id)) await this.#batchDone.wait(signal);
      else await pause(UNTOLD_MS, signal);
    }
  }

  /**
   * Finds out which jobs need no events any more; must end before the first record comes. Retries
   * until NATS answers or the signal fires.
   */
  async open(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#settledBeforeMs = await this.#settledBefore();
        return;
      } catch (error) {
        this.#log.warn({ err: error }, "the stream of events did not answer; trying again");
        await pause(RETRY_DELAY_MS, signal);
      }
    }
  }

  /** Publishes until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#pending.size === 0) await this.#hasWork.wait(signal);
        await this.#bus.connectionState.untilUp(signal);
        await this.#publishBatch();
        this.#batchDone.notifyAll();
      } catch (error) {
        this.#log.warn({ err: error }, "events not published; trying again");
        await pause(RETRY_DELAY_MS, signal);
      }
    }
  }

  /**
   * Events are published in order. So the events of a job that ended well before the stream's last
   * event were published by the same gateway; those older than the stream keeps are not
   * needed.
   */
  async #settledBefore(): Promise<number> {
    const { config, state } = await this.#bus.manager.streams.info(EVENTS_STREAM);
    const maxAgeMs = config.max_age > 0 ? config.max_age / NANOSECONDS_PER_MS : Date.now();
    this.#maxAgeMs = maxAgeMs;
    const lastMs = state.messages > 0 ? Date.parse(String(state.last_ts)) - SLACK_MS : 0;
    return Math.max(lastMs, Date.now() - maxAgeMs);
  }

  /**
   * Throws the first failure. A job that failed stays pending, and what the stream has of it is
   * looked up again, because only the acknowledgement may have been lost.
   */
  async #publishBatch(): Promise<void> {
    const batch = [...this.#pending.values()].slice(0, BATCH_JOBS);
    const outcomes = await Promise.allSettled(
      batch.map(async (record) => {
        try {
          await this.#publish(record);
        } catch (error) {
          this.#forget(record.id);
          throw error;
        }
        if (this.#pending.get(record.id) === record) this.#pending.delete(record.id);
      }),
    );
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed) throw failed.reason;
  }

  async #publish(record: JobRecord): Promise<void> {
    const published = this.#publishedOf(record.id) ?? (await this.#lookUp(record));
    for (const event of eventsAfter(record, published)) {
      if (isTerminal(event)) await this.#options.beforeEnd(record);
      await publishEvent(this.#bus, event);
    }
    this.#remember(record);
  }

  #publishedOf(id: string): number | undefined {
    return this.#published.get(id) ?? this.#ended.get(id);
  }

  #remember(record: JobRecord): void {
    const { id } = record;
    this.#forget(id);
    if (this.#gone.delete(id)) return;
    if (isTerminal(record)) this.#ended.set(id, lastEntry(record), 1);
    else this.#published.set(id, lastEntry(record));
  }

  #forget(id: string): void {
    this.#published.delete(id);
    this.#ended.delete(id);
  }

  /** Number of the last published entry of a job that this process sees for the first time. */
  async #lookUp(record: JobRecord): Promise<number> {
    if (Date.now() - record.createdAtMs < YOUNG_MS) return 0;
    return (await lastEvent(this.#bus, record))?.number ?? 0;
  }
}

function lastEntry(record: JobRecord): number {
  return record.history.at(-1)?.number ?? 0;
}

function endOf(record: JobRecord): number {
  return record.history.at(-1)?.atMs ?? record.updatedAtMs;
}
