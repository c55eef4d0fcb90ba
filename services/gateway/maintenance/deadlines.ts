/**
 * Job deadlines: a timer for the earliest deadline of all unfinished jobs. When it fires, the
 * reconciler ends the jobs whose deadline has passed, without waiting for its next periodic pass.
 */
import { timerAt } from "../../../kit/async/delay.js";
import { isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import type { JobIndex, JobListener } from "./job-index.js";

/** Pause before a passed deadline is tried again: after a failure, or while the index is behind. */
const RETRY_MS = 1_000;

export class Deadlines implements JobListener {
  readonly #index: JobIndex;
  readonly #onPassed: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #nextAtMs = Number.POSITIVE_INFINITY;
  #closed = false;

  /** `onPassed` ends every job whose deadline has passed; it must not throw. */
  constructor(index: JobIndex, onPassed: () => Promise<void>) {
    this.#index = index;
    this.#onPassed = onPassed;
  }

  onRecord(record: JobRecord): void {
    const { deadlineAtMs } = record;
    if (deadlineAtMs !== null && !isTerminal(record) && deadlineAtMs < this.#nextAtMs) {
      this.#arm(deadlineAtMs, Date.now());
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #arm(atMs: number, notBeforeMs: number): void {
    clearTimeout(this.#timer);
    this.#nextAtMs = atMs;
    if (this.#closed || atMs === Number.POSITIVE_INFINITY) return;
    this.#timer = timerAt(Math.max(atMs, notBeforeMs), () => void this.#fire());
  }

  async #fire(): Promise<void> {
    await this.#onPassed();
    let nextAtMs = Number.POSITIVE_INFINITY;
    for (const { deadlineAtMs } of this.#index.live.values()) {
      nextAtMs = Math.min(nextAtMs, deadlineAtMs ?? nextAtMs);
    }
    this.#arm(nextAtMs, Date.now() + RETRY_MS);
  }
}
