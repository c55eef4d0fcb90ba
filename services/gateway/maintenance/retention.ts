/** How long a job that has ended is kept. */
import type { JobState } from "../../../pipeline/record/record.js";
import type { EndedJob } from "./job-index.js";

export const HOUR_MS = 3_600_000;

export interface KeepHours {
  readonly keepSucceededHours: number;
  readonly keepFailedHours: number;
  readonly keepCancelledHours: number;
}

/** Whether the time of a job that ended is over. */
export function isOver({ state, endedAtMs }: EndedJob, hours: KeepHours, nowMs: number): boolean {
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
