/**
 * What the holder of a stage's lease may do to the job record, as pure functions: renew the lease,
 * store a report, commit the stage, give it back, begin a new generation of frames. Those that need
 * the lease return undefined if it is lost.
 */
import { NEXT_STAGE, type Stage } from "../stages.js";
import {
  type ArtifactRecord,
  decideOrder,
  enterState,
  holds,
  type JobRecord,
  type NoteRecord,
  withProgress,
  withStage,
} from "./record.js";
import type { Json } from "./stage-record.js";

/** Extends the lease (rule 3, renew) and stores the progress, a fraction in [0, 1]. */
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

/**
 * Files and notes that a stage has for the caller. An artifact replaces the one of its name; notes
 * replace all earlier notes of the stage.
 */
export interface StageReport {
  readonly artifacts?: readonly ArtifactRecord[];
  readonly notes?: readonly Omit<NoteRecord, "stage">[];
  /** Facts about the result that are known before the stage is done. */
  readonly output?: Json;
}

export interface StageResult extends StageReport {
  readonly output: Json;
}

/**
 * Stores a report while the stage is still worked on. Storing the same report again after a
 * redelivery changes nothing.
 */
export function publishReport(
  record: JobRecord,
  stage: Stage,
  token: string,
  report: StageReport,
  nowMs: number,
): JobRecord | undefined {
  if (!holds(record, stage, token)) return undefined;
  const { output } = report;
  const known = output === undefined ? record : withStage(record, stage, { output });
  return { ...withReport(known, stage, report), updatedAtMs: nowMs };
}

/**
 * Whether storing `report` changes the record: it has content, or an earlier attempt has left notes
 * that it removes.
 */
export function changesReport({ notes }: JobRecord, stage: Stage, report: StageReport): boolean {
  const count = (report.artifacts?.length ?? 0) + (report.notes?.length ?? 0);
  const isEmpty = count === 0 && report.output === undefined;
  return !isEmpty || notes.some((note) => note.stage === stage);
}

/**
 * Marks the stage as done (rule 4, commit): stores its output, and decides the order of the next
 * stage or ends the job in the same change.
 */
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
    // Render serves frames as long as encode reads them, so both are done at once.
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

/**
 * The record with the stage done under `token`, its output and its report; does not check the
 * lease.
 */
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

/** The record with the artifacts and the notes of a report. */
export function withReport(record: JobRecord, stage: Stage, report: StageReport): JobRecord {
  const { artifacts = [], notes } = report;
  const names = new Set(artifacts.map((artifact) => artifact.name));
  const kept = record.artifacts.filter((artifact) => !names.has(artifact.name));
  const made = artifacts.map((artifact) => ({ ...artifact, stage }));
  const next = { ...record, artifacts: [...kept, ...made] };
  if (!notes) return next;
  const ofOtherStages = record.notes.filter((note) => note.stage !== stage);
  return { ...next, notes: [...ofOtherStages, ...notes.map((note) => ({ ...note, stage }))] };
}

/** Files of depth are damaged again and again only where a disk is failing. */
export const MAX_REMAKES = 3;

/**
 * Gives the stage back and has depth done again, because a file that depth has made is lost or
 * damaged. The later stages then follow anew. Undefined when the lease is lost, or depth was done
 * again MAX_REMAKES times already.
 */
export function remakeDepth(
  record: JobRecord,
  stage: Stage,
  token: string,
  reason: string,
  nowMs: number,
): JobRecord | undefined {
  const { remakes = 0 } = record.stages.depth;
  if (!holds(record, stage, token) || remakes >= MAX_REMAKES) return undefined;
  const freed = withStage(record, stage, { lease: null });
  const again = withStage(freed, "depth", {
    ...{ done: false, doneBy: "", output: null, lease: null, remakes: remakes + 1 },
    // Decided long ago, as it were: the holder may not publish depth's orders, and whoever does
    // need not wait until the holder has.
    order: { ...decideOrder(record.generation, nowMs), decidedAtMs: 0 },
  });
  return enterState(again, record.state, nowMs, reason);
}

/** Why a worker gives a stage back. */
export type ReleaseCause =
  /** The worker shuts down, or the source of its frames is gone: not counted as a failure. */
  | { readonly kind: "handed-back" }
  /** No connection to the renderer came about: not counted as a failure, but by itself. */
  | { readonly kind: "unreachable" }
  /** A part of the mesh was away: counted as a deferral, which lengthens the delay. */
  | { readonly kind: "deferred" }
  /** The disk ran full during the work: a deferral that is also counted by itself. */
  | { readonly kind: "out-of-disk" }
  /** This worker lacks the encoder that the job needs, and another one has it. */
  | { readonly kind: "left-to-others" }
  /** A failure that counts against the job; the reason goes into the history. */
  | { readonly kind: "failed"; readonly reason: string };

/** Gives the lease back (rule 5, release). */
export function release(
  record: JobRecord,
  stage: Stage,
  token: string,
  cause: ReleaseCause,
  nowMs: number,
): JobRecord | undefined {
  if (!holds(record, stage, token)) return undefined;
  const { attempts, deferrals, leftToOthers = 0, outOfDisk = 0 } = record.stages[stage];
  const { unreachable = 0 } = record.stages[stage];
  const deferred = { lease: null, deferrals: deferrals + 1 };
  switch (cause.kind) {
    case "handed-back":
      return withStage(record, stage, { lease: null });
    case "unreachable":
      return withStage(record, stage, { lease: null, unreachable: unreachable + 1 });
    case "deferred":
      return withStage(record, stage, { ...deferred, leftToOthers: 0 });
    case "out-of-disk":
      return withStage(record, stage, { ...deferred, leftToOthers: 0, outOfDisk: outOfDisk + 1 });
    case "left-to-others":
      return withStage(record, stage, { ...deferred, leftToOthers: leftToOthers + 1 });
    case "failed": {
      const counted = { attempts: attempts + 1, deferrals: 0, leftToOthers: 0, outOfDisk: 0 };
      const freed = withStage(record, stage, { lease: null, ...counted });
      return enterState(freed, record.state, nowMs, cause.reason);
    }
  }
}

/**
 * Begins a new generation of frames when render takes its stage (rule 7: render owns a generation).
 * It drops encode's lease and decides a new encode order with `address`, where this renderer serves
 * the frames. A job that ends with render gets no encode order.
 */
export function beginGeneration(record: JobRecord, address: string, nowMs: number): JobRecord {
  const generation = record.generation + 1;
  if (record.lastStage === "render") return { ...record, generation };
  const order = decideOrder(generation, nowMs, address);
  return withStage({ ...record, generation }, "encode", { lease: null, order, unreachable: 0 });
}

/**
 * Records that encode has read every frame, so that a renderer that restarts need not render again.
 */
export function markFramesComplete(record: JobRecord, token: string): JobRecord | undefined {
  const { lease } = record.stages.encode;
  if (lease === null || !holds(record, "encode", token)) return undefined;
  return withStage(record, "encode", { lease: { ...lease, framesComplete: true } });
}
