/**
 * What a watch of a job has not told its client yet. Only the newest of each kind is kept, so that
 * a client that does not read costs no more memory than one that does.
 */
import { Condition } from "../../../kit/async/condition.js";
import { isTerminal, type JobRecord, type Progress } from "../../../pipeline/record/record.js";
import type { Stage } from "../../../pipeline/stages.js";

/** What the sources of a watch report. */
export type Update =
  | { readonly record: JobRecord }
  | { readonly progress: Partial<Progress> }
  | { readonly outlook: true }
  | { readonly heartbeat: true };

export class JobUpdates implements AsyncIterable<Update> {
  readonly #changed = new Condition();
  #record: JobRecord | undefined;
  #progress: Partial<Progress> | undefined;
  #outlook = false;
  #heartbeat = false;
  #closed = false;
  #error: unknown;

  /** A record has the whole history, so that the newest tells everything. */
  record(record: JobRecord): void {
    // Nothing is told after the end.
    if (!this.#record || !isTerminal(this.#record)) this.#record = record;
    this.#changed.notifyAll();
  }

  /** `fraction` in [0, 1]. */
  progress(stage: Stage, fraction: number): void {
    const reached = Math.max(this.#progress?.[stage] ?? 0, fraction);
    this.#progress = { ...this.#progress, [stage]: reached };
    this.#changed.notifyAll();
  }

  /** It is time to look at the queue and the expected end again. */
  outlook(): void {
    this.#outlook = true;
    this.#changed.notifyAll();
  }

  heartbeat(): void {
    this.#heartbeat = true;
    this.#changed.notifyAll();
  }

  /** The loop ends after what was reported before; with an error it throws that error then. */
  close(error?: unknown): void {
    this.#closed = true;
    this.#error ??= error;
    this.#changed.notifyAll();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Update> {
    for (;;) {
      const next = this.#take();
      if (next) yield next;
      else if (this.#closed) {
        if (this.#error) throw this.#error;
        return;
      } else await this.#changed.wait();
    }
  }

  /** Progress comes before the record, which may be the last one. */
  #take(): Update | undefined {
    const [progress, record, heartbeat] = [this.#progress, this.#record, this.#heartbeat];
    if (progress) {
      this.#progress = undefined;
      return { progress };
    }
    if (record) {
      this.#record = undefined;
      return { record };
    }
    if (this.#outlook) {
      this.#outlook = false;
      return { outlook: true };
    }
    this.#heartbeat = false;
    return heartbeat ? { heartbeat } : undefined;
  }
}
