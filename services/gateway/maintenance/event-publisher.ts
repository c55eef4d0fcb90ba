/** Publishes what happens to jobs, in the order in which the index hears of it (new jobs when they are sure to stay), and what was missed while nobody did. */
import { EventEmitter, once } from "node:events";
import { DepthmeshError } from "../../../core/errors.js";
import { pause } from "../../../kit/async/delay.js";
import type { Log } from "../../../kit/log.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { eventsAfter, lastEvent, publishEvent } from "../../../pipeline/record/job-events.js";
import { isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import { EVENTS_STREAM } from "../../../pipeline/topology/names.js";
import { BUS_BUDGET_MS, isUnacknowledged } from "../upload/first-order.js";
import type { JobListener } from "./job-index.js";

/** Jobs whose events are on their way at once. */
const BATCH_JOBS = 64;
const RETRY_DELAY_MS = 500;
/** Younger than half the stream's dedupe window: a repeat of such a job's events changes nothing, so none is looked up. */
const YOUNG_MS = 60_000;
/** Clocks of two hosts differ by less, and a publisher is behind its watch by less. */
const SLACK_MS = 600_000;
const NANOSECONDS_PER_MS = 1e6;
/** Of a caller who waits for a job to be told. */
const PATIENCE_MS = 2_000;
const TOLD = "told";
/** From the sight of a new record to the certainty that it stays: what its caller waits for NATS, and a little. */
const UNSURE_MS = BUS_BUDGET_MS + 700;

export class EventPublisher implements JobListener {
  readonly #bus: Bus;
  readonly #log: Log;
  readonly #isKnown: (id: string) => boolean;
  readonly #waiting = new Map<string, JobRecord>();
  /** Timers of jobs that may still be taken back. */
  readonly #unsure = new Map<string, NodeJS.Timeout>();
  /** Number of the last entry that the stream has, by job. */
  readonly #published = new Map<string, number>();
  /** Says TOLD after each batch. */
  readonly #batches = new EventEmitter().setMaxListeners(0);
  /** Unix milliseconds: whatever ended before was told by whoever told the stream's last event. */
  #settledBeforeMs = 0;
  #wake = () => {};

  /** `isKnown`: whether the job still has a record. */
  constructor(bus: Bus, log: Log, isKnown: (id: string) => boolean) {
    this.#bus = bus;
    this.#log = log;
    this.#isKnown = isKnown;
  }

  onRecord(record: JobRecord): void {
    clearTimeout(this.#unsure.get(record.id));
    this.#unsure.delete(record.id);
    if (isUnacknowledged(record)) this.#waitUntilSure(record);
    else this.#tell(record);
  }

  onRemoved(id: string): void {
    clearTimeout(this.#unsure.get(id));
    this.#unsure.delete(id);
    this.#published.delete(id);
  }

  /** A job that the queue had no room for is taken back: nobody hears of it. */
  #waitUntilSure(record: JobRecord): void {
    const tell = () => {
      this.#unsure.delete(record.id);
      if (this.#isKnown(record.id)) this.#tell(record);
    };
    this.#unsure.set(record.id, setTimeout(tell, UNSURE_MS).unref());
  }

  #tell(record: JobRecord): void {
    const known = this.#published.get(record.id);
    if (lastEntry(record) <= (known ?? 0)) return;
    if (known === undefined && isTerminal(record) && endOf(record) < this.#settledBeforeMs) {
      this.#published.set(record.id, lastEntry(record));
      return;
    }
    this.#waiting.set(record.id, record);
    this.#wake();
  }

  /** Whether the stream has a job's entries up to this number: until then its record must stay. */
  has(id: string, number: number): boolean {
    return (this.#published.get(id) ?? 0) >= number;
  }

  /** Resolves when the stream has them. Throws BUS_UNAVAILABLE after 2 s. */
  async untilHas(id: string, number: number): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    while (!this.has(id, number)) {
      await once(this.#batches, TOLD, { signal }).catch((cause) => {
        throw new DepthmeshError("BUS_UNAVAILABLE", "the job's events are not told yet", { cause });
      });
    }
  }

  /** Find out what need not be told any more: before the first record comes. Ends when it knows, or the signal fires. */
  async open(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#settledBeforeMs = await this.#settledBefore();
        return;
      } catch (error) {
        this.#log.warn({ err: error }, "the stream of events does not answer; it is asked again");
        await pause(RETRY_DELAY_MS, signal);
      }
    }
  }

  /** Publish until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#waiting.size === 0) await this.#untilWoken(signal);
        await this.#bus.connectionState.untilUp(signal);
        await this.#publishBatch();
        this.#batches.emit(TOLD);
      } catch (error) {
        this.#log.warn({ err: error }, "events not published; they are tried again");
        await pause(RETRY_DELAY_MS, signal);
      }
    }
  }

  /** Events go out in order: what ended well before the stream's last event was told then, by whoever told that. */
  async #settledBefore(): Promise<number> {
    const { config, state } = await this.#bus.manager.streams.info(EVENTS_STREAM);
    const reachMs = config.max_age > 0 ? config.max_age / NANOSECONDS_PER_MS : Date.now();
    const lastMs = state.messages > 0 ? Date.parse(String(state.last_ts)) - SLACK_MS : 0;
    return Math.max(lastMs, Date.now() - reachMs);
  }

  /** Throws the first failure; what failed stays and is looked up anew, for its acknowledgement may be all that is lost. */
  async #publishBatch(): Promise<void> {
    const batch = [...this.#waiting.values()].slice(0, BATCH_JOBS);
    const outcomes = await Promise.allSettled(
      batch.map(async (record) => {
        try {
          await this.#publish(record);
        } catch (error) {
          this.#published.delete(record.id);
          throw error;
        }
        if (this.#waiting.get(record.id) === record) this.#waiting.delete(record.id);
      }),
    );
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed) throw failed.reason;
  }

  async #publish(record: JobRecord): Promise<void> {
    const known = this.#published.get(record.id);
    const after = known ?? (await this.#publishedBefore(record));
    for (const event of eventsAfter(record, after)) await publishEvent(this.#bus, event);
    if (this.#isKnown(record.id)) this.#published.set(record.id, lastEntry(record));
  }

  /** For a job that this process hears of for the first time. */
  async #publishedBefore(record: JobRecord): Promise<number> {
    if (Date.now() - record.createdAtMs < YOUNG_MS) return 0;
    return (await lastEvent(this.#bus, record))?.number ?? 0;
  }

  #untilWoken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener("abort", wake, { once: true });
      if (signal.aborted) wake();
    });
  }
}

function lastEntry(record: JobRecord): number {
  return record.history.at(-1)?.number ?? 0;
}

function endOf(record: JobRecord): number {
  return record.history.at(-1)?.atMs ?? record.updatedAtMs;
}
