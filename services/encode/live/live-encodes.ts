/** The running encodes of this process that can be followed, by job. */
import type { Reason } from "../../../core/error-reasons.js";
import { DepthmeshError, toDepthmeshError } from "../../../core/errors.js";
import { Condition } from "../../../kit/async/condition.js";
import { SegmentStore } from "./segment-store.js";

export class LiveEncodes {
  readonly #stores = new Map<string, SegmentStore>();
  readonly #begun = new Condition();

  /**
   * Starts a new attempt; `onFirst` as in SegmentStore. An older attempt of the same job in this
   * process fails.
   */
  begin(job: string, onFirst?: () => void): SegmentStore {
    const store = new SegmentStore(onFirst);
    this.#stores.get(job)?.fail(restarted());
    this.#stores.set(job, store);
    this.#begun.notifyAll();
    return store;
  }

  /** From now on the attempt accepts no more followers. */
  end(job: string, store: SegmentStore): void {
    if (this.#stores.get(job) === store) this.#stores.delete(job);
  }

  find(job: string): SegmentStore | undefined {
    return this.#stores.get(job);
  }

  /** Waits for the attempt of a job to begin. Undefined if the signal fires first. */
  async waitFor(job: string, signal: AbortSignal): Promise<SegmentStore | undefined> {
    while (!this.#stores.has(job) && !signal.aborted) await this.#begun.wait(signal);
    return this.#stores.get(job);
  }
}

const ENDS: ReadonlySet<Reason> = new Set(["JOB_CANCELLED", "JOB_DEADLINE_EXCEEDED"]);

/**
 * The error that followers get when an attempt ends: that the job was cancelled or expired, or that
 * their bytes are void. In the second case the job's record says what happens to the job.
 */
export function endOfAttempt(thrown: unknown): DepthmeshError {
  const error = toDepthmeshError(thrown);
  return ENDS.has(error.reason) ? error : restarted(error);
}

function restarted(cause?: unknown): DepthmeshError {
  return new DepthmeshError("STREAM_RESTARTED", "the encode ended without a result", { cause });
}
