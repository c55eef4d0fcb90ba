/** Going on with a job that has ended: another job, with what its earlier stages have made. */
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

/** Jobs that went on with one job; the oldest are forgotten first. */
const RETRIES_LIMIT = 64;

/** Frames are never stored: who wants them encoded again has them rendered again. */
const BEGINNING: Readonly<Record<Stage, Stage>> = {
  depth: "depth",
  render: "render",
  encode: "render",
};

/**
 * The stage that a retry begins with: the one that is wanted, or the first that was not done. Throws JOB_NOT_READY for a job that
 * has not ended, PARAMETER_CONFLICT for a stage that it cannot begin with.
 */
export function stageToRetry(record: JobRecord, wanted: Stage | undefined): Stage {
  if (!isTerminal(record)) {
    throw new DepthmeshError("JOB_NOT_READY", "the job has not ended: only then it is retried", {
      metadata: { job: record.id, state: record.state },
    });
  }
  const ofJob = STAGES.slice(0, STAGES.indexOf(record.lastStage) + 1);
  const possible = ofJob.filter((stage) => inputsMade(record, stage));
  const stage = wanted ?? ofJob.find((each) => !record.stages[each].done);
  if (stage !== undefined && possible.includes(stage)) return BEGINNING[stage];
  const why =
    stage === undefined
      ? "every stage is done: say from which to begin again"
      : `the job cannot begin with ${stage}`;
  throw new DepthmeshError("PARAMETER_CONFLICT", why, {
    metadata: {
      field: "from_stage",
      ...(stage !== undefined && { actual: stage }),
      known: possible.join(" "),
    },
  });
}

function inputsMade(record: JobRecord, stage: Stage): boolean {
  return stagesBefore(BEGINNING[stage]).every((before) => record.stages[before].done);
}

function stagesBefore(stage: Stage): readonly Stage[] {
  return STAGES.slice(0, STAGES.indexOf(stage));
}

export interface Retry {
  readonly id: string;
  readonly traceId: string;
  readonly nowMs: number;
}

/** A QUEUED record whose first order, of `stage`, is decided but not published yet. Its earlier stages are as `ended` left them. */
export function retryRecord(ended: JobRecord, stage: Stage, retry: Retry): JobRecord {
  const { tenant, lane, lastStage, specBlob, photoBlob, depthMapBlob, soundBlob } = ended;
  const fresh = newRecord({
    ...{ tenant, lane, lastStage, specBlob, photoBlob, retryOf: ended.id },
    ...(depthMapBlob !== undefined && { depthMapBlob }),
    ...(soundBlob !== undefined && { soundBlob }),
    ...retry,
  });
  const kept = stagesBefore(stage);
  const withKept = kept.reduce((record, each) => {
    const { done, doneBy, output } = ended.stages[each];
    return withProgress(withStage(record, each, { done, doneBy, output, order: null }), each, 1);
  }, fresh);
  return {
    ...withStage(withKept, stage, { order: decideOrder(fresh.generation, retry.nowMs) }),
    artifacts: ended.artifacts.filter(({ stage: by }) => by !== undefined && kept.includes(by)),
    notes: ended.notes.filter((note) => kept.includes(note.stage)),
  };
}

/** The ended job with the name of one that goes on with it; undefined where it has that already. */
export function withRetry(ended: JobRecord, id: string): JobRecord | undefined {
  if (ended.retriedAs.includes(id)) return undefined;
  return { ...ended, retriedAs: [...ended.retriedAs, id].slice(-RETRIES_LIMIT) };
}

/** The ended job without one that was refused after all; undefined where it does not name it. */
export function withoutRetry(ended: JobRecord, id: string): JobRecord | undefined {
  if (!ended.retriedAs.includes(id)) return undefined;
  return { ...ended, retriedAs: ended.retriedAs.filter((each) => each !== id) };
}
