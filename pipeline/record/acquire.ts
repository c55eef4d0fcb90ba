/** Decides what an order means for the job record (rule 2, acquire): take the stage's lease, come back later, or drop the order. */

import type { Order } from "../orders/order.js";
import { NEXT_STAGE, type Stage } from "../stages.js";
import { expire } from "./endings.js";
import { newId } from "./id.js";
import {
  enterState,
  isAhead,
  isLive,
  isTerminal,
  type JobRecord,
  type JobState,
  type Lease,
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
