/** Everything that was seen of a run that violated something, for whoever has to find out why. */
import { STAGES } from "../../pipeline/nats/subjects.js";
import type { JobRecord } from "../../pipeline/record/record.js";
import type { JobEventSeen, Revision } from "../check/evidence.js";

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
