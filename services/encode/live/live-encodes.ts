/** The encodes of this process that can be followed, by their job. */
import { DepthmeshError, toDepthmeshError } from "../../../core/errors.js";
import { SegmentStore } from "./segment-store.js";

export class LiveEncodes {
  readonly #stores = new Map<string, SegmentStore>();
  readonly #waiting = new Map<string, Set<() => void>>();

  /** A new attempt; an older one of the same job in this process is void. */
  begin(job: string): SegmentStore {
    const store = new SegmentStore();
    this.#stores.get(job)?.fail(restarted());
    this.#stores.set(job, store);
    for (const wake of this.#waiting.get(job) ?? []) wake();
    return store;
  }

  /** The attempt takes no more followers. */
  end(job: string, store: SegmentStore): void {
    if (this.#stores.get(job) === store) this.#stores.delete(job);
  }

  find(job: string): SegmentStore | undefined {
    return this.#stores.get(job);
  }

  /**
   * The attempt of a job whose lease this process holds, for it begins at once. Undefined: the
   * signal fired first.
   */
  async when(job: string, signal: AbortSignal): Promise<SegmentStore | undefined> {
    while (!this.#stores.has(job) && !signal.aborted) await this.#beginning(job, signal);
    return this.#stores.get(job);
  }

  #beginning(job: string, signal: AbortSignal): Promise<void> {
    const waiting = this.#waiting.get(job) ?? new Set();
    this.#waiting.set(job, waiting);
    return new Promise((resolve) => {
      const wake = () => {
        waiting.delete(wake);
        if (waiting.size === 0) this.#waiting.delete(job);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}

/**
 * Why followers hear no more: the job was cancelled, or what they have is void and the record says
 * what comes of the job.
 */
export function endOfAttempt(thrown: unknown): DepthmeshError {
  const error = toDepthmeshError(thrown);
  return error.reason === "JOB_CANCELLED" ? error : restarted(error);
}

function restarted(cause?: unknown): DepthmeshError {
  return new DepthmeshError("STREAM_RESTARTED", "the encode ended without a result", { cause });
}
