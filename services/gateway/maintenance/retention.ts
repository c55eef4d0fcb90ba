/**
 * Retention: removes the record of an ended job after its time (`DEPTHMESH_KEEP_*_HOURS`), but not
 * before all events of the job are published, because the events are made from the record.
 */
import type { Log } from "../../../kit/log.js";
import { isTerminal, type JobState } from "../../../pipeline/record/record.js";
import type { JobStore } from "../../../pipeline/record/store.js";
import { readIfReadable } from "../../../pipeline/record/stored-record.js";
import type { EndedJob, EndedQuery } from "../catalogue/queries.js";

export const HOUR_MS = 3_600_000;

export interface KeepHours {
  readonly keepSucceededHours: number;
  readonly keepFailedHours: number;
  readonly keepCancelledHours: number;
}

export interface RetentionOptions {
  readonly store: Pick<JobStore, "read" | "remove">;
  readonly log: Log;
  /** From the catalogue. */
  readonly expired: (query: EndedQuery) => Promise<EndedJob[]>;
  readonly hours: KeepHours;
  /** Whether the stream of events has all of the job's. */
  readonly hasAllEvents: (job: EndedJob) => Promise<boolean>;
}

/** States with the same time, and at most so many jobs of them in a pass. */
const ENDS = [["SUCCEEDED"], ["FAILED"], ["CANCELLED", "EXPIRED"]] as const;
const JOBS_OF_A_PASS = 1_000;

/** Throws BUS_UNAVAILABLE, CATALOGUE_UNAVAILABLE. */
export async function removeExpiredRecords(options: RetentionOptions): Promise<void> {
  const { store, log, expired, hours, hasAllEvents } = options;
  for (const states of ENDS) {
    const beforeMs = Date.now() - hoursOf(states[0], hours) * HOUR_MS;
    for (const job of await expired({ states, beforeMs, limit: JOBS_OF_A_PASS })) {
      if (!(await hasAllEvents(job))) continue;
      // The catalogue may know an end that the records have lost: what they say counts.
      const found = await readIfReadable(store, job.id);
      if (!found || found === "unreadable" || !isTerminal(found.record)) continue;
      if (!(await store.remove(job.id, found.revision))) continue;
      const message = "job record removed: its retention time is over";
      log.info({ job: job.id, state: job.state }, message);
    }
  }
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
