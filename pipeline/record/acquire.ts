/**
 * Decides, as a pure function, what a worker does with an order that it received (rule 2 in
 * docs/decisions): take the stage's lease, have the order delivered again later, or drop it.
 */

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
  withStage,
} from "./record.js";
import type { Lease } from "./stage-record.js";

/** Failures or crashes of one stage after which the job is given up. */
export const POISON_LIMIT = 5;

const STATE_OF_STAGE: Readonly<Record<Stage, JobState>> = {
  depth: "DEPTH",
  render: "RENDER",
  encode: "ENCODE",
};
const RANK: readonly JobState[] = ["QUEUED", "DEPTH", "RENDER", "ENCODE"];

export type Acquisition =
  /**
   * Nothing is to be done for this order: publish the decided order of the stage `publish` again,
   * if it is given, and ack. `why` tells what is unusual: the stage's input does not exist
   * (`early`), or the order is of an older generation (`stale`).
   */
  | { readonly kind: "drop"; readonly publish?: Stage; readonly why?: "early" | "stale" }
  /**
   * The lease of this order is alive, or the stage has to wait after a crash: deliver it again
   * after `nakMs`.
   */
  | { readonly kind: "busy"; readonly nakMs: number }
  | { readonly kind: "taken"; readonly record: JobRecord; readonly token: string }
  /** The job's deadline has passed: the record with its end. */
  | { readonly kind: "expired"; readonly record: JobRecord };

export interface Taker {
  readonly worker: string;
  readonly address?: string;
  readonly leaseMs: number;
  readonly nowMs: number;
  /** Sequence of the order's message in its stream. */
  readonly seq: number;
}

/** Decides what an order means for the record, and takes the stage's lease where it is free. */
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
  if (isEarly(record, order)) return { kind: "drop", why: "early" };
  if (isStale(record, order)) return { kind: "drop", why: "stale" };
  const expired = expire(record, nowMs);
  if (expired) return { kind: "expired", record: expired };
  if (lease) {
    const live = isLive(lease, nowMs);
    if (live && lease.orderId !== order.orderId) return { kind: "drop" };
    const isRenewed = nowMs - lease.renewedAtMs < leaseMs / 2;
    // Rounded up, because NATS ignores a delay with a fraction.
    if (live && isRenewed) return { kind: "busy", nakMs: Math.ceil(leaseMs / 6) };
    const waitMs = lease.untilMs + crashBackoffMs(crashes, leaseMs) - nowMs;
    const waits = crashes > 0 && waitMs > 0 && !isAhead(lease.renewedAtMs, nowMs);
    if (waits) return { kind: "busy", nakMs: Math.ceil(waitMs) };
  }
  return { kind: "taken", ...take(record, order, taker, lease !== null) };
}

/**
 * How long a stage that has crashed its workers waits after the lease has run out: 1 s · 2^crashes,
 * at most 60 s, for a lease of 30 s.
 */
function crashBackoffMs(crashes: number, leaseMs: number): number {
  return Math.min((leaseMs / 30) * 2 ** crashes, 2 * leaseMs);
}

/**
 * Render begins a new generation each time it takes its stage (rule 7), so only an encode order can
 * be of an older one.
 */
function isStale(record: JobRecord, order: Order): boolean {
  return order.stage === "encode" && order.generation !== record.generation;
}

/**
 * The stage's input does not exist: NATS acks a write before it is on disk, and after a power loss
 * can have the order without the commit that decided it. Depth is then done again.
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
  const decided = before.order && isDecided ? { ...before.order, seq: taker.seq } : before.order;
  const taken = withStage(record, stage, { lease, crashes, order: decided });
  const state = STATE_OF_STAGE[stage];
  const forward = RANK.indexOf(state) > RANK.indexOf(record.state);
  // The job's state never goes back. A take-over after a crash adds a history entry in the state
  // reached.
  if (forward) return { record: enterState(taken, state, taker.nowMs), token };
  if (crashed)
    return { record: enterState(taken, record.state, taker.nowMs, "WORKER_LOST"), token };
  return { record: { ...taken, updatedAtMs: taker.nowMs }, token };
}
