/**
 * Retention: removes the record of an ended job after its time (`DEPTHMESH_KEEP_*_HOURS`), but not
 * before all events of the job are published, because the events are made from the record.
 */
import type { Log } from "../../../kit/log.js";
import type { JobState } from "../../../pipeline/record/record.js";
import type { JobStore } from "../../../pipeline/record/store.js";
import type { EndedJob, JobIndex } from "./job-index.js";

export const HOUR_MS = 3_600_000;

export interface KeepHours {
  readonly keepSucceededHours: number;
  readonly keepFailedHours: number;
  readonly keepCancelledHours: number;
}

export interface RetentionOptions {
  readonly store: Pick<JobStore, "remove">;
  readonly log: Log;
  readonly index: Pick<JobIndex, "ended">;
  readonly hours: KeepHours;
  /** Whether the stream of events has the job's entries up to this number. */
  readonly isPublished: (id: string, entryNumber: number) => boolean;
}

/** Throws BUS_UNAVAILABLE. */
export async function removeExpiredRecords(options: RetentionOptions): Promise<void> {
  const { store, log, index, hours, isPublished } = options;
  for (const job of [...index.ended.values()]) {
    // The deletion removes the record, after the files.
    if (job.deletedAtMs !== undefined) continue;
    if (!isExpired(job, hours, Date.now()) || !isPublished(job.id, job.lastEntry)) continue;
    await store.remove(job.id);
    log.info({ job: job.id, state: job.state }, "job record removed: its retention time is over");
  }
}

export function isExpired(
  { state, endedAtMs }: Pick<EndedJob, "state" | "endedAtMs">,
  hours: KeepHours,
  nowMs: number,
): boolean {
  return nowMs - endedAtMs >= hoursOf(state, hours) * HOUR_MS;
}

function hoursOf(state: JobState, hours: KeepHours): number {
  switch (state) {
    case "SUCCEEDED":
      return hours.keepSucceededHours;
    case "FAILED":
      return hours.keepFailedHours;
    default:
      return hours.keepCancelledHours;
  }
}
