/** Logs one line when a job is accepted and one when it ends. */
import { isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import type { JobListener } from "./job-index.js";

/** The part of a log that this file needs. */
interface InfoLog {
  info(facts: object, message: string): void;
}

export class JobLog implements JobListener {
  readonly #log: InfoLog;
  readonly #sinceMs: number;
  /** What was logged last about each job: the watch can deliver a record again. */
  readonly #logged = new Map<string, "accepted" | "ended">();

  /** Jobs that ended before `sinceMs` (Unix milliseconds) are not logged. */
  constructor(log: InfoLog, sinceMs = Date.now()) {
    this.#log = log;
    this.#sinceMs = sinceMs;
  }

  onRecord(record: JobRecord): void {
    const { id: job, createdAtMs, error, state } = record;
    const logged = this.#logged.get(job);
    if (!isTerminal(record)) {
      if (logged) return;
      this.#logged.set(job, "accepted");
      if (createdAtMs >= this.#sinceMs) this.#log.info({ job }, "job accepted");
      return;
    }
    const endedAtMs = record.history.at(-1)?.atMs ?? record.updatedAtMs;
    if (logged === "ended" || endedAtMs < this.#sinceMs) return;
    this.#logged.set(job, "ended");
    const seconds = (endedAtMs - createdAtMs) / 1000;
    this.#log.info({ job, state, ...(error && { reason: error.reason }), seconds }, "job ended");
  }

  onRemoved(id: string): void {
    this.#logged.delete(id);
  }
}
