/** One job as it changes: the job itself, and its history. */
import { type Signal, signal } from "@preact/signals";
import type { JobEventJson, JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { getJob } from "../api/job-calls.js";
import { followJob } from "../api/job-events.js";
import { type Trouble, troubleOf } from "../errors/trouble.js";
import { newerOf, withEvent } from "../making/job-view.js";
import { withEntry } from "./job-history.js";
import { isRunning, jobId } from "./job-state.js";

export interface FollowedJob {
  readonly job: Signal<JobJson | undefined>;
  readonly events: Signal<readonly JobEventJson[]>;
  readonly trouble: Signal<Trouble | undefined>;
  /** False while events do not arrive. */
  readonly isConnected: Signal<boolean>;
  readonly stop: () => void;
}

/** Notes, reports and files come with the job itself: it is asked for again this often at most. */
const REFRESH_MS = 2_000;

/** `name` is `jobs/{job}`. */
export function followOneJob(name: string): FollowedJob {
  const stopped = new AbortController();
  const job = signal<JobJson | undefined>(undefined);
  const events = signal<readonly JobEventJson[]>([]);
  const trouble = signal<Trouble | undefined>(undefined);
  const isConnected = signal(true);
  const failed = (error: unknown) => {
    if (!stopped.signal.aborted) trouble.value = troubleOf(error);
  };
  let askedAtMs = 0;
  const refresh = async () => {
    askedAtMs = Date.now();
    const answer = await getJob(name, stopped.signal);
    job.value = job.value ? newerOf(job.value, answer) : answer;
    trouble.value = undefined;
  };
  const follow = async () => {
    await refresh();
    const following = followJob(jobId(name), {
      signal: stopped.signal,
      onConnection: (next) => {
        isConnected.value = next;
      },
    });
    for await (const event of following) {
      events.value = withEntry(events.value, event);
      const known = job.value;
      if (!known) continue;
      const isNew = event.stateChange && (event.number ?? 0) > (known.lastEvent ?? 0);
      if (event.progress && isRunning(known)) job.value = withEvent(known, event);
      const isDue = isRunning(known) && Date.now() - askedAtMs >= REFRESH_MS;
      if (isNew || isDue) await refresh();
    }
  };
  follow().catch(failed);
  return { job, events, trouble, isConnected, stop: () => stopped.abort() };
}
