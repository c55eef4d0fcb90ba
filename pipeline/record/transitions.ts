/**
 * What the holder of a stage's lease may do to the job record, as pure functions: renew the lease, publish a report, commit the
 * stage, give it back. Each returns undefined where the lease is lost.
 */
import { NEXT_STAGE, type Stage } from "../stages.js";
import {
  type ArtifactRecord,
  decideOrder,
  enterState,
  holds,
  type JobRecord,
  type Json,
  type NoteRecord,
  withProgress,
  withStage,
} from "./record.js";

/** Extend a lease (rule 3); undefined when it is lost. */
export function renew(
  record: JobRecord,
  stage: Stage,
  token: string,
  { leaseMs, nowMs }: { readonly leaseMs: number; readonly nowMs: number },
  progress: number,
): JobRecord | undefined {
  const { lease } = record.stages[stage];
  if (lease === null || !holds(record, stage, token)) return undefined;
  const renewed = {
    ...lease,
    renewedAtMs: nowMs,
    untilMs: nowMs + leaseMs,
  };
  return withProgress(withStage(record, stage, { lease: renewed }), stage, progress);
}

/** What a stage has for the caller. Artifacts replace those of their name, notes all earlier ones of their stage. */
export interface StageReport {
  readonly artifacts?: readonly ArtifactRecord[];
  readonly notes?: readonly Omit<NoteRecord, "stage">[];
}

export interface StageResult extends StageReport {
  readonly output: Json;
}

/** Record what a stage has found before it is done; again after a redelivery it is the same. Undefined: lease lost. */
export function publishReport(
  record: JobRecord,
  stage: Stage,
  token: string,
  report: StageReport,
  nowMs: number,
): JobRecord | undefined {
  if (!holds(record, stage, token)) return undefined;
  return { ...withReport(record, stage, report), updatedAtMs: nowMs };
}

/** Whether publishing `report` would tell anybody anything: nothing new is there, and nothing of an earlier attempt to replace. */
export function changesReport({ notes }: JobRecord, stage: Stage, report: StageReport): boolean {
  const found = (report.artifacts?.length ?? 0) + (report.notes?.length ?? 0);
  return found > 0 || notes.some((note) => note.stage === stage);
}

/** A stage is done (rule 4): its output is kept, and the next order decided or the job ended. Undefined: lease lost. */
export function commit(
  record: JobRecord,
  stage: Stage,
  token: string,
  result: StageResult,
  nowMs: number,
): JobRecord | undefined {
  if (!holds(record, stage, token)) return undefined;
  let next = withResult(record, stage, token, result);
  if (stage === record.lastStage) {
    // Render serves frames for as long as encode reads them; it is done when encode is.
    if (stage === "encode") {
      next = withProgress(withStage(next, "render", { done: true, lease: null }), "render", 1);
    }
    return enterState(next, "SUCCEEDED", nowMs);
  }
  const following = NEXT_STAGE[stage];
  if (following) {
    next = withStage(next, following, { order: decideOrder(record.generation, nowMs) });
  }
  return { ...next, updatedAtMs: nowMs };
}

/** The record with a stage done under `token`, and what it has found. */
export function withResult(
  record: JobRecord,
  stage: Stage,
  token: string,
  result: StageResult,
): JobRecord {
  const { output } = result;
  const done = withStage(record, stage, { done: true, doneBy: token, output, lease: null });
  return withProgress(withReport(done, stage, result), stage, 1);
}

function withReport(record: JobRecord, stage: Stage, report: StageReport): JobRecord {
  const { artifacts = [], notes } = report;
  const names = new Set(artifacts.map((artifact) => artifact.name));
  const others = record.artifacts.filter((artifact) => !names.has(artifact.name));
  const made = artifacts.map((artifact) => ({ ...artifact, stage }));
  const next = { ...record, artifacts: [...others, ...made] };
  if (!notes) return next;
  const ofOthers = record.notes.filter((note) => note.stage !== stage);
  return { ...next, notes: [...ofOthers, ...notes.map((note) => ({ ...note, stage }))] };
}

/** Why a stage is given back. */
export type ReleaseCause =
  /** The worker goes, or the source of its frames has gone: nobody failed. */
  | { readonly kind: "handed-back" }
  /** A part of the mesh was away. */
  | { readonly kind: "deferred" }
  /** For a worker that can make what the job asks for. */
  | { readonly kind: "left-to-others" }
  /** The job's own failure, by reason: counted, and in the history. */
  | { readonly kind: "failed"; readonly reason: string };

/** Give a lease back (rule 5). A lease that is lost already stays as it is. */
export function release(
  record: JobRecord,
  stage: Stage,
  token: string,
  cause: ReleaseCause,
  nowMs: number,
): JobRecord | undefined {
  if (!holds(record, stage, token)) return undefined;
  const { attempts, deferrals, leftToOthers = 0 } = record.stages[stage];
  const deferred = { lease: null, deferrals: deferrals + 1 };
  switch (cause.kind) {
    case "handed-back":
      return withStage(record, stage, { lease: null });
    case "deferred":
      return withStage(record, stage, { ...deferred, leftToOthers: 0 });
    case "left-to-others":
      return withStage(record, stage, { ...deferred, leftToOthers: leftToOthers + 1 });
    case "failed": {
      const counted = { attempts: attempts + 1, deferrals: 0, leftToOthers: 0 };
      const freed = withStage(record, stage, { lease: null, ...counted });
      return enterState(freed, record.state, nowMs, cause.reason);
    }
  }
}

/**
 * Render begins a generation (rule 7): encode's lease is dropped and its order decided anew at this address. A job that
 * ends with render has no encode order.
 */
export function beginGeneration(record: JobRecord, address: string, nowMs: number): JobRecord {
  const generation = record.generation + 1;
  if (record.lastStage === "render") return { ...record, generation };
  const order = decideOrder(generation, nowMs, address);
  return withStage({ ...record, generation }, "encode", { lease: null, order });
}

/** Encode has read every frame: a renderer that restarts now need not render again. */
export function markFramesComplete(record: JobRecord, token: string): JobRecord | undefined {
  const { lease } = record.stages.encode;
  if (lease === null || !holds(record, "encode", token)) return undefined;
  return withStage(record, "encode", { lease: { ...lease, framesComplete: true } });
}
