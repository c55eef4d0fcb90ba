/** What was seen of one job: the material that invariants are checked on. */
import type { JobRecord, JobState } from "../../pipeline/record/record.js";

/** One version of a record, as the bucket has kept it. */
export interface Revision {
  /** Sequence in the bucket's stream, ascending. */
  readonly sequence: number;
  /** Whether every revision of the bucket between this job's one before and this one was seen. */
  readonly isGapless: boolean;
  readonly record: JobRecord;
}

/** One message of DM_EVENTS. */
export interface JobEventSeen {
  readonly job: string;
  readonly number: number;
  readonly state: JobState;
  readonly reason: string;
}

/** What a job was, and what was done to it on purpose. */
export interface Expectation {
  /** Reasons with which it may fail. */
  readonly mayFailWith: readonly string[];
  readonly mustFail: boolean;
  /** It was cancelled, and the answer said so; nothing else may be cancelled. */
  readonly mustBeCancelled: boolean;
}
