/** What was seen of one job: the material that invariants are checked on. */

import type { JobRecord, JobState } from "../../pipeline/record/record.js";
import { STAGES } from "../../pipeline/stages.js";

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

export interface Evidence {
  readonly jobs: readonly JobEvidence[];
  /** Log of all processes since the run began, one JSON object a line. */
  readonly log: readonly string[];
}

export interface JobEvidence {
  readonly id: string;
  readonly revisions: readonly Revision[];
  readonly events: readonly JobEventSeen[];
}

const MAX_LOG_LINES = 400;

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
  return `  ${sequence}${isGapless ? "" : " (some before it unseen)"} ${record.state}: ${stages}`;
}

function stageText(record: JobRecord, stage: (typeof STAGES)[number]): string {
  const { done, lease, attempts, crashes, deferrals } = record.stages[stage];
  const holder = lease ? `held by ${lease.worker} with ${lease.token}` : done ? "done" : "free";
  return `${holder} (${attempts} attempts, ${crashes} crashes, ${deferrals} deferrals)`;
}

/** The lines of a log that are not older than `sinceMs` (Unix milliseconds); what is no JSON follows the line before it. */
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
