/** Logs one line when a job is accepted and one when it ends. */
import { isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import type { JobListener } from "./job-index.js";

/** The part of a log that this file needs. */
interface InfoLog {
  info(facts: object, message: string): void;
}

/** How many ended jobs are remembered. */
const MAX_ENDED = 5_000;

export class JobLog implements JobListener {
  readonly #log: InfoLog;
  readonly #maxEnded: number;
  readonly #startedMs: number;
  /** Those that ended before are known. */
  #sinceMs: number;
  /** What was logged already: the watch can deliver a record again. */
  readonly #accepted = new Set<string>();
  /** When these jobs ended, in Unix milliseconds; the one that was logged last comes last. */
  readonly #ended = new Map<string, number>();

  /** Jobs that ended before `sinceMs` (Unix milliseconds) are not logged. */
  constructor(log: InfoLog, sinceMs = Date.now(), maxEnded = MAX_ENDED) {
    this.#log = log;
    this.#startedMs = sinceMs;
    this.#sinceMs = sinceMs;
    this.#maxEnded = maxEnded;
  }

  onRecord(record: JobRecord): void {
    const { id: job, createdAtMs, error, state } = record;
    if (this.#ended.has(job)) return;
    if (!isTerminal(record)) {
      if (this.#accepted.has(job)) return;
      this.#accepted.add(job);
      if (createdAtMs >= this.#startedMs) this.#log.info({ job }, "job accepted");
      return;
    }
    this.#accepted.delete(job);
    const endedAtMs = record.history.at(-1)?.atMs ?? record.updatedAtMs;
    if (endedAtMs < this.#sinceMs) return;
    this.#remember(job, endedAtMs);
    const seconds = (endedAtMs - createdAtMs) / 1000;
    this.#log.info({ job, state, ...(error && { reason: error.reason }), seconds }, "job ended");
  }

  onRemoved(id: string): void {
    this.#accepted.delete(id);
    this.#ended.delete(id);
  }

  /** Who is forgotten, and all that ended before, are not logged a second time. */
  #remember(job: string, endedAtMs: number): void {
    this.#ended.set(job, endedAtMs);
    if (this.#ended.size <= this.#maxEnded) return;
    for (const [oldest, atMs] of this.#ended) {
      this.#ended.delete(oldest);
      this.#sinceMs = Math.max(this.#sinceMs, atMs + 1);
      return;
    }
  }
}
