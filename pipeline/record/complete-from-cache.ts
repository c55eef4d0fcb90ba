/** A job whose result an earlier job has made already: what is left of it is taken over, and it ends with its depth stage. */
import { STAGES, type Stage } from "../nats/subjects.js";
import {
  type ArtifactRecord,
  enterState,
  holds,
  type JobRecord,
  type Json,
  type NoteRecord,
} from "./record.js";
import { type StageResult, withResult } from "./transitions.js";

const STAGES_AFTER_DEPTH = ["render", "encode"] as const;
type StageAfterDepth = (typeof STAGES_AFTER_DEPTH)[number];

/** What a job has made that succeeded. */
export interface EarlierResult {
  /** Id of that job. */
  readonly job: string;
  readonly outputs: Readonly<Record<StageAfterDepth, Json>>;
  readonly artifacts: readonly ArtifactRecord[];
  readonly notes: readonly NoteRecord[];
}

/** What later jobs need of a job that has succeeded. */
export function resultOf({ id, stages, artifacts, notes }: JobRecord): EarlierResult {
  const outputs = { render: stages.render.output, encode: stages.encode.output };
  return { job: id, outputs, artifacts, notes };
}

/**
 * Depth is done, and with it the job: the stages after it are done with what they have left in the earlier job. Artifacts
 * and notes of depth are this job's own. Undefined: lease lost.
 */
export function completeFromCache(
  record: JobRecord,
  token: string,
  depth: StageResult,
  earlier: EarlierResult,
  nowMs: number,
): JobRecord | undefined {
  if (!holds(record, "depth", token)) return undefined;
  const own = withResult(record, "depth", token, depth);
  const names = new Set(own.artifacts.map(({ name }) => name));
  const others = earlier.artifacts.filter(({ name }) => !names.has(name));
  let next: JobRecord = { ...own, artifacts: [...own.artifacts, ...others], cacheHit: true };
  for (const stage of stagesAfterDepth(record.lastStage)) {
    const notes = earlier.notes.filter((note) => note.stage === stage);
    next = withResult(next, stage, token, { output: earlier.outputs[stage], notes });
  }
  return enterState(next, "SUCCEEDED", nowMs);
}

function stagesAfterDepth(last: Stage): readonly StageAfterDepth[] {
  return STAGES_AFTER_DEPTH.filter((stage) => STAGES.indexOf(stage) <= STAGES.indexOf(last));
}
