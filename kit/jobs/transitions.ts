/** The rules of a stage's life as pure functions of the record: acquire, renew, commit, release, fail, cancel. */
import type { Order } from "../bus/order.js";
import type { Stage } from "../bus/subjects.js";
import { newId } from "./id.js";
import {
  type ArtifactRecord,
  decideOrder,
  enterState,
  isTerminal,
  type JobError,
  type JobRecord,
  type JobState,
  type Json,
  type Lease,
  type NoteRecord,
  withProgress,
  withStage,
} from "./record.js";

/** Failures or crashes of one stage after which the job is given up. */
export const POISON_LIMIT = 5;

const STATE_OF_STAGE: Readonly<Record<Stage, JobState>> = {
  depth: "DEPTH",
  render: "RENDER",
  encode: "ENCODE",
};
const RANK: readonly JobState[] = ["QUEUED", "DEPTH", "RENDER", "ENCODE"];

/** The stage whose order a stage's commit decides. */
export const NEXT_STAGE: Readonly<Record<Stage, Stage | undefined>> = {
  depth: "render",
  render: "encode",
  encode: undefined,
};

export type Acquisition =
  /** Nothing to do for this order: ack it, after publishing `publish`'s order again where one is named. */
  | { readonly kind: "drop"; readonly publish?: Stage }
  /** Its owner lives: come back later. */
  | { readonly kind: "busy"; readonly nakMs: number }
  | { readonly kind: "taken"; readonly record: JobRecord; readonly token: string };

export interface Taker {
  readonly worker: string;
  readonly address?: string;
  readonly leaseMs: number;
  readonly nowMs: number;
}

/** Decide what an order means for the record (rule 2), and take the stage's lease where it is free. */
export function acquire(record: JobRecord, order: Order, taker: Taker): Acquisition {
  const { stage } = order;
  const { done, lease } = record.stages[stage];
  if (isTerminal(record)) return { kind: "drop" };
  if (done) {
    const next = NEXT_STAGE[stage];
    const unfinished = next && !record.stages[next].done && record.stages[next].order;
    return unfinished ? { kind: "drop", publish: next } : { kind: "drop" };
  }
  if (isStale(record, order)) return { kind: "drop" };
  const live = lease !== null && lease.untilMs > taker.nowMs;
  if (live && lease.orderId !== order.orderId) return { kind: "drop" };
  const sinceRenewalMs = lease ? taker.nowMs - lease.renewedAtMs : 0;
  if (live && sinceRenewalMs < taker.leaseMs / 2) {
    return { kind: "busy", nakMs: taker.leaseMs / 6 };
  }
  return { kind: "taken", ...take(record, order, taker, lease !== null) };
}

/** Render owns a generation and begins a new one at each take, so only encode's orders carry one that must match. */
function isStale(record: JobRecord, order: Order): boolean {
  return order.stage === "encode" && order.generation !== record.generation;
}

function take(record: JobRecord, order: Order, taker: Taker, crashed: boolean) {
  const { stage } = order;
  const token = newId(taker.nowMs);
  const lease: Lease = {
    token,
    worker: taker.worker,
    ...(taker.address !== undefined && { address: taker.address }),
    orderId: order.orderId,
    renewedAtMs: taker.nowMs,
    untilMs: taker.nowMs + taker.leaseMs,
  };
  const crashes = record.stages[stage].crashes + (crashed ? 1 : 0);
  const taken = withStage(record, stage, { lease, crashes });
  const state = STATE_OF_STAGE[stage];
  const forward = RANK.indexOf(state) > RANK.indexOf(record.state);
  // A state never goes back; a stage that is taken up again after a crash leaves its entry in the state reached.
  if (forward) return { record: enterState(taken, state, taker.nowMs), token };
  if (crashed)
    return { record: enterState(taken, record.state, taker.nowMs, "WORKER_LOST"), token };
  return { record: { ...taken, updatedAtMs: taker.nowMs }, token };
}

/** Whether `token` still allows its holder to act for the stage. */
export function holds(record: JobRecord, stage: Stage, token: string): boolean {
  return !isTerminal(record) && record.stages[stage].lease?.token === token;
}

/** Extend a lease (rule 3); undefined when it is lost. */
export function renew(
  record: JobRecord,
  stage: Stage,
  token: string,
  taker: Pick<Taker, "leaseMs" | "nowMs">,
  progress: number,
): JobRecord | undefined {
  const { lease } = record.stages[stage];
  if (lease === null || !holds(record, stage, token)) return undefined;
  const renewed = {
    ...lease,
    renewedAtMs: taker.nowMs,
    untilMs: taker.nowMs + taker.leaseMs,
  };
  return withProgress(withStage(record, stage, { lease: renewed }), stage, progress);
}

/** What a stage has for the caller. Artifacts replace those of their name, notes all earlier ones of their stage. */
export interface Findings {
  readonly artifacts?: readonly ArtifactRecord[];
  readonly notes?: readonly Omit<NoteRecord, "stage">[];
}

export interface StageResult extends Findings {
  readonly output: Json;
}

/** Record what a stage has found before it is done; again after a redelivery it is the same. Undefined: lease lost. */
export function publishFindings(
  record: JobRecord,
  stage: Stage,
  token: string,
  findings: Findings,
  nowMs: number,
): JobRecord | undefined {
  if (!holds(record, stage, token)) return undefined;
  return { ...withFindings(record, stage, findings), updatedAtMs: nowMs };
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
  const { output } = result;
  let next = withStage(record, stage, { done: true, output, lease: null });
  next = withProgress(withFindings(next, stage, result), stage, 1);
  if (stage === record.lastStage) {
    // Render serves frames for as long as encode reads them; it is done when encode is.
    if (stage === "encode") next = withStage(next, "render", { done: true, lease: null });
    return enterState(next, "SUCCEEDED", nowMs);
  }
  const following = NEXT_STAGE[stage];
  if (following) {
    next = withStage(next, following, { order: decideOrder(record.generation, nowMs) });
  }
  return { ...next, updatedAtMs: nowMs };
}

function withFindings(record: JobRecord, stage: Stage, findings: Findings): JobRecord {
  const { artifacts = [], notes } = findings;
  const names = new Set(artifacts.map((artifact) => artifact.name));
  const others = record.artifacts.filter((artifact) => !names.has(artifact.name));
  const next = { ...record, artifacts: [...others, ...artifacts] };
  if (!notes) return next;
  const ofOthers = record.notes.filter((note) => note.stage !== stage);
  return { ...next, notes: [...ofOthers, ...notes.map((note) => ({ ...note, stage }))] };
}

/** Give a lease back (rule 5). `failed` counts an attempt. A lease that is lost already stays as it is. */
export function release(
  record: JobRecord,
  stage: Stage,
  token: string,
  failed: boolean,
): JobRecord | undefined {
  if (!holds(record, stage, token)) return undefined;
  const attempts = record.stages[stage].attempts + (failed ? 1 : 0);
  return withStage(record, stage, { lease: null, attempts });
}

/** End the job with an error. Undefined when it has ended already. */
export function fail(record: JobRecord, error: JobError, nowMs: number): JobRecord | undefined {
  if (isTerminal(record)) return undefined;
  return { ...enterState(record, "FAILED", nowMs, error.reason), error };
}

/** End the job on a client's wish. Undefined when it has ended already. */
export function cancel(record: JobRecord, nowMs: number): JobRecord | undefined {
  if (isTerminal(record)) return undefined;
  return enterState(record, "CANCELLED", nowMs, "JOB_CANCELLED");
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

/** A new encode order of the same generation, when the last one is used up. Undefined: render's lease is lost. */
export function reorderEncode(
  record: JobRecord,
  renderToken: string,
  address: string,
  nowMs: number,
): JobRecord | undefined {
  if (!holds(record, "render", renderToken)) return undefined;
  return withStage(record, "encode", { order: decideOrder(record.generation, nowMs, address) });
}

/** Encode has read every frame: a renderer that restarts now need not render again. */
export function markFramesComplete(record: JobRecord, token: string): JobRecord | undefined {
  const { lease } = record.stages.encode;
  if (lease === null || !holds(record, "encode", token)) return undefined;
  return withStage(record, "encode", { lease: { ...lease, framesComplete: true } });
}
