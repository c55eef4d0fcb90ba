/** The rules of a stage's life as pure functions of the record: acquire, renew, commit, release. */

import type { Stage } from "../nats/subjects.js";
import type { Order } from "../orders/order.js";
import { expire } from "./endings.js";
import { newId } from "./id.js";
import {
  type ArtifactRecord,
  decideOrder,
  enterState,
  holds,
  isAhead,
  isLive,
  isTerminal,
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
  | { readonly kind: "taken"; readonly record: JobRecord; readonly token: string }
  /** The job's deadline has passed: it ends here. */
  | { readonly kind: "expired"; readonly record: JobRecord };

export interface Taker {
  readonly worker: string;
  readonly address?: string;
  readonly leaseMs: number;
  readonly nowMs: number;
  /** Of the order's message in its stream. */
  readonly seq: number;
}

/** Decide what an order means for the record (rule 2), and take the stage's lease where it is free. */
export function acquire(record: JobRecord, order: Order, taker: Taker): Acquisition {
  const { stage } = order;
  const { done, lease, crashes } = record.stages[stage];
  const { nowMs, leaseMs } = taker;
  if (isTerminal(record)) return { kind: "drop" };
  if (done) {
    const next = NEXT_STAGE[stage];
    const unfinished = next && !record.stages[next].done && record.stages[next].order;
    return unfinished ? { kind: "drop", publish: next } : { kind: "drop" };
  }
  if (isStale(record, order) || isEarly(record, order)) return { kind: "drop" };
  const expired = expire(record, nowMs);
  if (expired) return { kind: "expired", record: expired };
  if (lease) {
    const live = isLive(lease, nowMs);
    if (live && lease.orderId !== order.orderId) return { kind: "drop" };
    const isRenewed = nowMs - lease.renewedAtMs < leaseMs / 2;
    // Whole: the server takes a delay with a fraction for none.
    if (live && isRenewed) return { kind: "busy", nakMs: Math.ceil(leaseMs / 6) };
    const waitMs = lease.untilMs + crashBackoffMs(crashes, leaseMs) - nowMs;
    const waits = crashes > 0 && waitMs > 0 && !isAhead(lease.renewedAtMs, nowMs);
    if (waits) return { kind: "busy", nakMs: Math.ceil(waitMs) };
  }
  return { kind: "taken", ...take(record, order, taker, lease !== null) };
}

/** What has crashed its workers before waits after the lease has run out: 1 s · 2^crashes, at most 60 s, at a lease of 30 s. */
function crashBackoffMs(crashes: number, leaseMs: number): number {
  return Math.min((leaseMs / 30) * 2 ** crashes, 2 * leaseMs);
}

/** Render owns a generation and begins a new one at each take, so only encode's orders carry one that must match. */
function isStale(record: JobRecord, order: Order): boolean {
  return order.stage === "encode" && order.generation !== record.generation;
}

/**
 * What the stage works on is not there: NATS acks before it has synced, and has kept the order but not the commit that decided it.
 * Depth does its part again.
 */
function isEarly({ stages }: JobRecord, order: Order): boolean {
  return order.stage !== "depth" && !stages.depth.done;
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
  const before = record.stages[stage];
  const crashes = before.crashes + (crashed ? 1 : 0);
  const isDecided = before.order?.id === order.orderId;
  const noted = before.order && isDecided ? { ...before.order, seq: taker.seq } : before.order;
  const taken = withStage(record, stage, { lease, crashes, order: noted });
  const state = STATE_OF_STAGE[stage];
  const forward = RANK.indexOf(state) > RANK.indexOf(record.state);
  // A state never goes back; a stage that is taken up again after a crash leaves its entry in the state reached.
  if (forward) return { record: enterState(taken, state, taker.nowMs), token };
  if (crashed)
    return { record: enterState(taken, record.state, taker.nowMs, "WORKER_LOST"), token };
  return { record: { ...taken, updatedAtMs: taker.nowMs }, token };
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
