/**
 * Tends the segments of divided clips (pipeline/segments/tend.ts) at each change of a record that
 * leaves something to do, and in each pass: a process that died has left something to do. Ends the
 * segments of jobs that have ended, and removes their records and files.
 */
import type { BlobClaims } from "../../../kit/blobs/claims.js";
import type { Log } from "../../../kit/log.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { failpoint } from "../../../kit/process/failpoint.js";
import { contextOfRequest, inContext } from "../../../kit/telemetry/tracing.js";
import { publishDecidedOrder } from "../../../pipeline/orders/order.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import type { JobStore, Versioned } from "../../../pipeline/record/store.js";
import { isTendingDue, type TendParts, tendSegments } from "../../../pipeline/segments/tend.js";
import { cancelSubject } from "../../../pipeline/topology/names.js";
import { blobsIn } from "./blob-references.js";
import type { Deletion } from "./deletion.js";
import type { JobIndex, JobListener } from "./job-index.js";

export interface SegmentKeeperOptions {
  readonly bus: Bus;
  readonly store: JobStore;
  readonly log: Log;
  readonly claims: Pick<BlobClaims, "release">;
  readonly index: Pick<JobIndex, "live" | "segments">;
  readonly deletion: Pick<Deletion, "unowned">;
}

export class SegmentKeeper implements JobListener {
  readonly #options: SegmentKeeperOptions;
  readonly #parts: TendParts;
  /** Jobs that are tended now, and whether something has changed meanwhile. */
  readonly #running = new Map<string, { again: boolean; done: Promise<void> }>();
  #isStopped = false;

  constructor(options: SegmentKeeperOptions) {
    this.#options = options;
    const { bus, store } = options;
    this.#parts = {
      store,
      publish: ({ record, revision }, stage, { traceParent: traceparent }) =>
        inContext(contextOfRequest({ traceparent }), () =>
          publishDecidedOrder(bus, record, stage, revision),
        ),
      hint: (id) => bus.connection.publish(cancelSubject(id)),
    };
  }

  onRecord({ id }: JobRecord): void {
    this.#tendIfDue(id);
  }

  onSegment({ segmentOf }: JobRecord): void {
    if (segmentOf !== undefined) this.#tendIfDue(segmentOf);
  }

  /** The job of segments may be gone, which only they tell. */
  onRemoved(id: string): void {
    this.#tendIfDue(id);
  }

  /** Tends all of them once. */
  async pass(): Promise<void> {
    const { live, segments } = this.#options.index;
    const divided = [...live.values()].filter(({ division }) => division).map(({ id }) => id);
    const jobs = new Set([...divided, ...segments.jobs()]);
    await Promise.all([...jobs].map((job) => this.#tend(job)));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  /**
   * Most changes of a segment are progress, of which a job's record takes a hundredth at a time.
   */
  #tendIfDue(job: string): void {
    if (this.#isDue(job)) void this.#tend(job);
  }

  #isDue(job: string): boolean {
    const { live, segments } = this.#options.index;
    return isTendingDue(live.get(job), segments.of(job), Date.now());
  }

  /** One at a time for each job; a change meanwhile is tended afterwards. Never rejects. */
  #tend(job: string): Promise<void> {
    const running = this.#running.get(job);
    if (running) {
      running.again = true;
      return running.done;
    }
    const run = { again: false, done: Promise.resolve() };
    this.#running.set(job, run);
    run.done = this.#repeat(job, run).finally(() => this.#running.delete(job));
    return run.done;
  }

  async #repeat(job: string, run: { again: boolean }): Promise<void> {
    do {
      run.again = false;
      try {
        const { segments } = this.#options.index;
        if (!this.#isStopped) await this.#tendOnce(job, segments.of(job));
      } catch (error) {
        // The next change or pass does the rest.
        this.#options.log.warn({ err: error, job }, "segments not tended");
      }
    } while (run.again && !this.#isStopped && this.#isDue(job));
  }

  async #tendOnce(job: string, known: readonly Versioned[]): Promise<void> {
    const left = new Set<string>();
    const discard = (segment: JobRecord) => this.#discard(segment, left);
    try {
      await tendSegments({ ...this.#parts, discard }, job, known);
    } finally {
      // What its job uses stays; a job that was deleted meanwhile left what its segments used.
      await this.#options.deletion.unowned(left);
    }
  }

  async #discard(segment: JobRecord, left: Set<string>): Promise<void> {
    const { store, claims } = this.#options;
    const { id } = segment;
    await store.remove(id);
    failpoint("after-segment-removal", segment.segmentOf ?? "");
    claims.release(id);
    for (const sha256 of blobsIn(segment)) left.add(sha256);
  }
}
