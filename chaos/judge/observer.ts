/** Collects every version of every job record, and every job event, from NATS. */
import { EventEmitter, on } from "node:events";
import { isSegment, isTerminal, type JobRecord } from "../../pipeline/record/record.js";
import { EVENTS_STREAM, JOBS_BUCKET } from "../../pipeline/topology/names.js";
import type { JobEventSeen, Revision } from "./evidence.js";
import type { Followed, FollowOptions, SeenMessage } from "./stream-follower.js";

const RECORD_PREFIX = `$KV.${JOBS_BUCKET}.`;
const OPERATION_HEADER = "KV-Operation";

export class Observer {
  readonly #revisions = new Map<string, Revision[]>();
  /** Lives that ended by the removal of the record, of which another one was made since. */
  readonly #former: { readonly job: string; readonly revisions: readonly Revision[] }[] = [];
  readonly #removed = new Set<string>();
  readonly #events = new Map<string, JobEventSeen[]>();
  readonly #changes = new EventEmitter();
  #lastSequence = 0;
  /** Jobs whose record may have changed unobserved since their last revision. */
  readonly #unseen = new Set<string>();
  /** Acknowledged writes that nats-server had lost after it was killed. */
  #lostWrites = 0;
  readonly #followers: Followed[] = [];

  private constructor() {
    this.#changes.setMaxListeners(0);
  }

  static async start(
    follow: (options: FollowOptions) => Promise<Followed> | Followed,
  ): Promise<Observer> {
    const observer = new Observer();
    observer.#followers.push(
      await follow({
        stream: `KV_${JOBS_BUCKET}`,
        subject: `${RECORD_PREFIX}>`,
        onMessage: (message) => observer.#addRecord(message),
        onRollback: (last) => observer.#forgetAfter(last),
      }),
      await follow({
        stream: EVENTS_STREAM,
        subject: "dm.v1.event.>",
        onMessage: (message) => observer.#addEvent(message),
        onRollback: () => {},
      }),
    );
    return observer;
  }

  get lostWrites(): number {
    return this.#lostWrites;
  }

  revisions(job: string): readonly Revision[] {
    return this.#revisions.get(job) ?? [];
  }

  events(job: string): readonly JobEventSeen[] {
    return this.#events.get(job) ?? [];
  }

  /** Every record of a segment of the job that there was, each with its versions. */
  livesOfSegments(job: string): { id: string; revisions: readonly Revision[] }[] {
    const lives = [
      ...this.#former.map(({ job: id, revisions }) => ({ id, revisions })),
      ...[...this.#revisions].map(([id, revisions]) => ({ id, revisions })),
    ];
    return lives.filter(({ revisions }) => revisions[0]?.record.segmentOf === job);
  }

  /** The newest records that are not removed: of jobs, or of segments. */
  stored(of: "jobs" | "segments"): JobRecord[] {
    return [...this.#revisions.keys()].flatMap((id) => {
      const record = this.#removed.has(id) ? undefined : this.record(id);
      return record && isSegment(record) === (of === "segments") ? [record] : [];
    });
  }

  record(job: string): JobRecord | undefined {
    return this.#revisions.get(job)?.at(-1)?.record;
  }

  /**
   * Resolves when `holds` returns true; it is called after each change. Throws the signal's reason.
   */
  async until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    const changes = on(this.#changes, "change", { signal });
    try {
      while (!holds()) await changes.next();
    } finally {
      await changes.return?.();
    }
  }

  /** The jobs that have not ended. */
  unfinished(jobs: readonly string[]): string[] {
    return jobs.filter((job) => {
      const record = this.record(job);
      return !record || !isTerminal(record);
    });
  }

  /** The jobs whose newest history entry has no event yet. */
  withoutLastEvent(jobs: readonly string[]): string[] {
    return jobs.filter((job) => {
      const last = this.record(job)?.history.at(-1)?.number ?? 0;
      return !this.events(job).some(({ number }) => number === last);
    });
  }

  close(): void {
    for (const follower of this.#followers) follower.close();
  }

  #addRecord(message: SeenMessage): void {
    const sequence = message.seq;
    if (sequence !== this.#lastSequence + 1) {
      for (const job of this.#revisions.keys()) this.#unseen.add(job);
    }
    this.#lastSequence = sequence;
    const job = message.subject.slice(RECORD_PREFIX.length);
    if (message.headers?.get(OPERATION_HEADER)) {
      this.#removed.add(job);
      this.#changes.emit("change");
      return;
    }
    const known = this.#lifeOf(job);
    const record = message.json<JobRecord>();
    known.push({ sequence, isGapless: !this.#unseen.delete(job), record });
    this.#revisions.set(job, known);
    this.#changes.emit("change");
  }

  /** A record that is made again after its removal begins another life. */
  #lifeOf(job: string): Revision[] {
    const known = this.#revisions.get(job) ?? [];
    if (!this.#removed.delete(job)) return known;
    this.#former.push({ job, revisions: known });
    return [];
  }

  #addEvent(message: SeenMessage): void {
    const event = message.json<JobEventSeen>();
    const known = this.#events.get(event.job) ?? [];
    known.push(event);
    this.#events.set(event.job, known);
    this.#changes.emit("change");
  }

  /** Forgets revisions that nats-server has lost: for the mesh they never existed. */
  #forgetAfter(last: number): void {
    for (const [job, known] of this.#revisions) {
      const kept = known.filter(({ sequence }) => sequence <= last);
      this.#lostWrites += known.length - kept.length;
      this.#revisions.set(job, kept);
    }
    this.#lastSequence = last;
    this.#changes.emit("change");
  }
}
