/** Publishes what happens to jobs, in the order in which the index hears of it, and what was missed while nobody did. */
import { pause } from "../../../kit/backoff.js";
import type { Bus } from "../../../kit/bus/connect.js";
import { EVENTS_STREAM } from "../../../kit/bus/subjects.js";
import { eventsAfter, lastEventNumber, publishEvent } from "../../../kit/jobs/job-events.js";
import { isTerminal, type JobRecord } from "../../../kit/jobs/record.js";
import type { Log } from "../../../kit/log.js";
import type { JobListener } from "./job-index.js";

/** Jobs whose events are on their way at once. */
const BATCH_JOBS = 64;
const RETRY_DELAY_MS = 500;
/** Younger than half the stream's dedupe window: a repeat of such a job's events changes nothing, so none is looked up. */
const YOUNG_MS = 60_000;
/** Clocks of two hosts differ by less, and a publisher is behind its watch by less. */
const SLACK_MS = 600_000;
const NANOSECONDS_PER_MS = 1e6;

export class EventPublisher implements JobListener {
  readonly #bus: Bus;
  readonly #log: Log;
  readonly #isKnown: (id: string) => boolean;
  readonly #waiting = new Map<string, JobRecord>();
  /** Number of the last entry that the stream has, by job. */
  readonly #published = new Map<string, number>();
  #wake = () => {};

  /** `isKnown`: whether the job still has a record. */
  constructor(bus: Bus, log: Log, isKnown: (id: string) => boolean) {
    this.#bus = bus;
    this.#log = log;
    this.#isKnown = isKnown;
  }

  onRecord(record: JobRecord): void {
    if (lastEntry(record) <= (this.#published.get(record.id) ?? 0)) return;
    this.#waiting.set(record.id, record);
    this.#wake();
  }

  onRemoved(id: string): void {
    this.#published.delete(id);
  }

  /** Whether the stream has a job's entries up to this number: until then its record must stay. */
  has(id: string, number: number): boolean {
    return (this.#published.get(id) ?? 0) >= number;
  }

  /** Publish until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    let settledBeforeMs: number | undefined;
    while (!signal.aborted) {
      try {
        settledBeforeMs ??= await this.#settledBefore();
        if (this.#waiting.size === 0) await this.#untilWoken(signal);
        await this.#publishBatch(settledBeforeMs);
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
  async #publishBatch(settledBeforeMs: number): Promise<void> {
    const batch = [...this.#waiting.values()].slice(0, BATCH_JOBS);
    const outcomes = await Promise.allSettled(
      batch.map(async (record) => {
        try {
          await this.#publish(record, settledBeforeMs);
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

  async #publish(record: JobRecord, settledBeforeMs: number): Promise<void> {
    const known = this.#published.get(record.id);
    const after = known ?? (await this.#publishedBefore(record, settledBeforeMs));
    for (const event of eventsAfter(record, after)) await publishEvent(this.#bus, event);
    if (this.#isKnown(record.id)) this.#published.set(record.id, lastEntry(record));
  }

  /** For a job that this process hears of for the first time. */
  async #publishedBefore(record: JobRecord, settledBeforeMs: number): Promise<number> {
    const nowMs = Date.now();
    const endedAtMs = isTerminal(record) ? (record.history.at(-1)?.atMs ?? 0) : nowMs;
    if (endedAtMs < settledBeforeMs) return lastEntry(record);
    if (nowMs - record.createdAtMs < YOUNG_MS) return 0;
    return lastEventNumber(this.#bus, record);
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
