/** Sees every version of every record, and every event, as NATS has them. */
import { EventEmitter, on } from "node:events";
import type { JsMsg, NatsConnection } from "nats";
import { isTerminal, type JobRecord } from "../../pipeline/record/record.js";
import { EVENTS_STREAM, JOBS_BUCKET } from "../../pipeline/topology/names.js";
import type { JobEventSeen, Revision } from "./evidence.js";
import { StreamFollower } from "./stream-follower.js";

const RECORD_PREFIX = `$KV.${JOBS_BUCKET}.`;
const OPERATION_HEADER = "KV-Operation";

export class Observer {
  readonly #revisions = new Map<string, Revision[]>();
  readonly #events = new Map<string, JobEventSeen[]>();
  readonly #changes = new EventEmitter();
  #lastSequence = 0;
  /** Jobs whose record may have changed unseen since their last revision. */
  readonly #unseen = new Set<string>();
  /** Acknowledged writes that nats-server had no more when it came back. */
  #lostWrites = 0;
  readonly #followers: StreamFollower[] = [];

  private constructor() {
    this.#changes.setMaxListeners(0);
  }

  /** `connection` is of a user that may make consumers. */
  static async start(connection: NatsConnection): Promise<Observer> {
    const observer = new Observer();
    observer.#followers.push(
      await StreamFollower.start(connection, {
        stream: `KV_${JOBS_BUCKET}`,
        subject: `${RECORD_PREFIX}>`,
        onMessage: (message) => observer.#noteRecord(message),
        onRollback: (last) => observer.#forgetAfter(last),
      }),
      await StreamFollower.start(connection, {
        stream: EVENTS_STREAM,
        subject: "dm.v1.event.>",
        onMessage: (message) => observer.#noteEvent(message),
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

  record(job: string): JobRecord | undefined {
    return this.#revisions.get(job)?.at(-1)?.record;
  }

  /** Resolves when `holds` is true of what has been seen; asked again after each change. Throws the signal's reason. */
  async until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    const changes = on(this.#changes, "change", { signal });
    try {
      while (!holds()) await changes.next();
    } finally {
      await changes.return?.();
    }
  }

  /** Those of `jobs` that have not ended. */
  unfinished(jobs: readonly string[]): string[] {
    return jobs.filter((job) => {
      const record = this.record(job);
      return !record || !isTerminal(record);
    });
  }

  /** Those of `jobs` that have history entries without an event. */
  untold(jobs: readonly string[]): string[] {
    return jobs.filter((job) => {
      const last = this.record(job)?.history.at(-1)?.number ?? 0;
      return !this.events(job).some(({ number }) => number === last);
    });
  }

  close(): void {
    for (const follower of this.#followers) follower.close();
  }

  #noteRecord(message: JsMsg): void {
    const sequence = message.seq;
    if (sequence !== this.#lastSequence + 1) {
      for (const job of this.#revisions.keys()) this.#unseen.add(job);
    }
    this.#lastSequence = sequence;
    const job = message.subject.slice(RECORD_PREFIX.length);
    if (message.headers?.get(OPERATION_HEADER)) return;
    const seen = this.#revisions.get(job) ?? [];
    const record = message.json<JobRecord>();
    seen.push({ sequence, isGapless: !this.#unseen.delete(job), record });
    this.#revisions.set(job, seen);
    this.#changes.emit("change");
  }

  #noteEvent(message: JsMsg): void {
    const event = message.json<JobEventSeen>();
    const seen = this.#events.get(event.job) ?? [];
    seen.push(event);
    this.#events.set(event.job, seen);
    this.#changes.emit("change");
  }

  /** What the server has lost has never happened. */
  #forgetAfter(last: number): void {
    for (const [job, seen] of this.#revisions) {
      const kept = seen.filter(({ sequence }) => sequence <= last);
      this.#lostWrites += seen.length - kept.length;
      this.#revisions.set(job, kept);
    }
    this.#lastSequence = last;
    this.#changes.emit("change");
  }
}
