/**
 * Makes the record of a new job that retries an ended one: it begins at a chosen stage and takes
 * over what the earlier stages of the old job have made. Pure functions; retries of a stage within
 * its job are in worker/failure.ts.
 */
import { DepthmeshError } from "../../core/errors.js";
import { STAGES, type Stage } from "../stages.js";
import {
  decideOrder,
  isTerminal,
  type JobRecord,
  newRecord,
  withProgress,
  withStage,
} from "./record.js";

/** Retries that a record names; the oldest ones are dropped first. */
const RETRIES_LIMIT = 64;

/**
 * The stage where a retry of a stage begins. Frames are never stored, so encoding again means
 * rendering again.
 */
const FIRST_STAGE: Readonly<Record<Stage, Stage>> = {
  depth: "depth",
  render: "render",
  encode: "render",
};

/**
 * The stage that a retry begins with: the requested one, or the first that is not done. Throws
 * JOB_NOT_READY for a job that has not ended, and PARAMETER_CONFLICT for a stage whose inputs do
 * not exist.
 */
export function stageToRetry(record: JobRecord, requested: Stage | undefined): Stage {
  if (!isTerminal(record)) {
    throw new DepthmeshError(
      "JOB_NOT_READY",
      `the job is still ${record.state}; only a job that has ended can be retried`,
      {
        metadata: { job: record.id, state: record.state },
      },
    );
  }
  const ofJob = STAGES.slice(0, STAGES.indexOf(record.lastStage) + 1);
  const possible = ofJob.filter((stage) => inputsMade(record, stage));
  const stage = requested ?? ofJob.find((name) => !record.stages[name].done);
  if (stage !== undefined && possible.includes(stage)) return FIRST_STAGE[stage];
  const why =
    stage === undefined
      ? "every stage of the job is done; name the stage to begin with"
      : `the retry cannot begin with ${stage}; it can begin with: ${possible.join(", ")}`;
  throw new DepthmeshError("PARAMETER_CONFLICT", why, {
    metadata: {
      field: "from_stage",
      ...(stage !== undefined && { actual: stage }),
      known: possible.join(" "),
    },
  });
}

function inputsMade(record: JobRecord, stage: Stage): boolean {
  return stagesBefore(FIRST_STAGE[stage]).every((before) => record.stages[before].done);
}

function stagesBefore(stage: Stage): readonly Stage[] {
  return STAGES.slice(0, STAGES.indexOf(stage));
}

export interface Retry {
  readonly id: string;
  readonly traceId: string;
  readonly nowMs: number;
}

/**
 * Makes a QUEUED record that begins with `stage`, whose order is decided but not published yet.
 * Earlier stages stay as `ended` left them.
 */
export function retryRecord(ended: JobRecord, stage: Stage, retry: Retry): JobRecord {
  const { tenant, lane, lastStage, specBlob, photoBlob, depthMapBlob, soundBlob } = ended;
  const { labels, webhooks, brief, work } = ended;
  const fresh = newRecord({
    ...{ tenant, lane, lastStage, specBlob, photoBlob, retryOf: ended.id },
    ...(depthMapBlob !== undefined && { depthMapBlob }),
    ...(soundBlob !== undefined && { soundBlob }),
    ...(labels && { labels }),
    ...(webhooks && { webhooks }),
    ...(brief && { brief }),
    ...(work && { work }),
    ...retry,
  });
  const kept = stagesBefore(stage);
  const withKept = kept.reduce((record, name) => {
    const { done, doneBy, output } = ended.stages[name];
    return withProgress(withStage(record, name, { done, doneBy, output, order: null }), name, 1);
  }, fresh);
  return {
    ...withStage(withKept, stage, { order: decideOrder(fresh.generation, retry.nowMs) }),
    artifacts: ended.artifacts.filter(({ stage: by }) => by !== undefined && kept.includes(by)),
    notes: ended.notes.filter((note) => kept.includes(note.stage)),
  };
}

/** The ended job with the id of one that retries it; undefined when it has that id already. */
export function withRetry(ended: JobRecord, id: string): JobRecord | undefined {
  if (ended.retriedAs.includes(id)) return undefined;
  return { ...ended, retriedAs: [...ended.retriedAs, id].slice(-RETRIES_LIMIT) };
}

/**
 * The ended job without the id of a retry that was refused; undefined when it does not have the id.
 */
export function withoutRetry(ended: JobRecord, id: string): JobRecord | undefined {
  if (!ended.retriedAs.includes(id)) return undefined;
  return { ...ended, retriedAs: ended.retriedAs.filter((retry) => retry !== id) };
}
