/**
 * Which ids jobs of a time can have. An id begins with the time at which it was chosen, and so a
 * list in the order of ids need not look at those of other times.
 */
import { timeOfId } from "../../../pipeline/record/id.js";

const MAX_MS = 2 ** 48 - 1;
const HOUR_MS = 3_600_000;
/**
 * A request chooses an id when it first comes, and may be repeated for a day until it has a job.
 */
const ID_BEFORE_JOB_MS = 25 * HOUR_MS;
/** A clock that was set back since, or that of another gateway. */
const JOB_BEFORE_ID_MS = HOUR_MS;

export interface IdBounds {
  /** No id of the time is less. */
  readonly first: string;
  /** Every id of the time is less. */
  readonly last: string;
}

/** Of jobs that were created from `fromMs` until just before `beforeMs` (Unix milliseconds). */
export function idsAround(fromMs: number | null, beforeMs: number | null): IdBounds {
  return {
    first: timeOf((fromMs ?? 0) - ID_BEFORE_JOB_MS),
    last: timeOf((beforeMs ?? MAX_MS) + JOB_BEFORE_ID_MS),
  };
}

function timeOf(ms: number): string {
  return timeOfId(Math.min(MAX_MS, Math.max(0, Math.round(ms))));
}
