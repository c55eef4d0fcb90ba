/**
 * What was observed of the jobs of a run: the input of all checks, and the report of a violation.
 */

import type { JobRecord, JobState } from "../../pipeline/record/record.js";
import { STAGES } from "../../pipeline/stages.js";

const MAX_LOG_LINES = 400;

/** One version of a job record, as the bucket stored it. */
export interface Revision {
  /** Sequence number in the bucket's stream; ascending. */
  readonly sequence: number;
  /** No revision of this job between the previous one and this one can have been missed. */
  readonly isGapless: boolean;
  readonly record: JobRecord;
}

/** One message of the stream DM_EVENTS. */
export interface JobEventSeen {
  readonly job: string;
  readonly number: number;
  readonly state: JobState;
  readonly reason: string;
}

/** How a job may end, given what it is and which faults were applied. */
export interface Expectation {
  /** Error reasons with which it may fail. */
  readonly mayFailWith: readonly string[];
  readonly mustFail: boolean;
  /** The mesh confirmed a cancel; without that a job must not end as cancelled. */
  readonly mustBeCancelled: boolean;
}

/** Everything that was observed of a run with a violation. */
export interface Evidence {
  readonly jobs: readonly JobEvidence[];
  /** Log of all processes since the run began, one JSON object per line. */
  readonly log: readonly string[];
}

export interface JobEvidence {
  readonly id: string;
  readonly revisions: readonly Revision[];
  readonly events: readonly JobEventSeen[];
}

export function evidenceText({ jobs, log }: Evidence): string {
  const shown = log.slice(-MAX_LOG_LINES);
  return [
    ...jobs.flatMap(jobText),
    `log, ${shown.length} of ${log.length} lines:`,
    ...shown.map((line) => `  ${line}`),
  ].join("\n");
}

function jobText({ id, revisions, events }: JobEvidence): string[] {
  return [
    `job ${id}, ${revisions.length} revisions:`,
    ...revisions.map(revisionLine),
    `  record ${JSON.stringify(revisions.at(-1)?.record)}`,
    `  events ${JSON.stringify(events)}`,
  ];
}

function revisionLine({ sequence, isGapless, record }: Revision): string {
  const stages = STAGES.map((stage) => `${stage} ${stageText(record, stage)}`).join(", ");
  return `  ${sequence}${isGapless ? "" : " (earlier ones were missed)"} ${record.state}: ${stages}`;
}

function stageText(record: JobRecord, stage: (typeof STAGES)[number]): string {
  const { done, lease, attempts, crashes, deferrals } = record.stages[stage];
  const holder = lease ? `held by ${lease.worker} with ${lease.token}` : done ? "done" : "free";
  return `${holder} (${attempts} attempts, ${crashes} crashes, ${deferrals} deferrals)`;
}

/**
 * The lines of a log from `sinceMs` (Unix milliseconds) on. A line that is not JSON belongs to the
 * line before it.
 */
export function linesSince(log: string, sinceMs: number): string[] {
  let isSince = false;
  return log.split("\n").filter((line) => {
    if (line === "") return false;
    const time = timeOf(line);
    if (time !== undefined) isSince = time >= sinceMs;
    return isSince;
  });
}

function timeOf(line: string): number | undefined {
  try {
    const { time } = JSON.parse(line) as { time?: string };
    return time === undefined ? undefined : new Date(time).getTime();
  } catch {
    return undefined;
  }
}
