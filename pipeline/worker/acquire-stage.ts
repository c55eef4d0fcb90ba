/**
 * Takes a stage for an order that was delivered: reads the record, decides what the order means
 * (record/acquire.ts), and writes the lease by compare-and-set.
 */
import { DepthmeshError } from "../../core/errors.js";
import { pause } from "../../kit/async/delay.js";
import type { Order } from "../orders/order.js";
import { type Acquisition, acquire } from "../record/acquire.js";
import { isTerminal, type JobRecord } from "../record/record.js";
import { type JobStore, updateRecord } from "../record/store.js";

const ACQUIRE_RETRY_MS = 250;

/**
 * Thrown by `onTake`: the stage cannot be taken yet, and the order is to be delivered again after
 * `delayMs`.
 */
export class NotYet extends Error {
  readonly delayMs: number;
  constructor(delayMs: number) {
    super("not yet");
    this.delayMs = delayMs;
  }
}

export interface AcquireOptions {
  readonly store: JobStore;
  readonly worker: string;
  readonly leaseMs: number;
  /**
   * A further change in the compare-and-set that takes the stage; `address` is where this process
   * serves gRPC. Throws NotYet where the order is to come back later.
   */
  readonly onTake?: (record: JobRecord, address: string) => JobRecord;
  /**
   * Whether leases name this process's address, because others read the work's result there while
   * it is made.
   */
  readonly addressInLease?: boolean;
}

interface Delivered {
  /** Where this process serves gRPC (host:port). */
  readonly address: string;
  /** Sequence of the order's message in its stream. */
  readonly seq: number;
  /** True once the process has no time left to wait for NATS. */
  readonly mustEnd: () => boolean;
}

/**
 * Undefined when the job no longer exists. If NATS does not answer, it is tried again: a cluster
 * may be choosing a leader, and an acquisition may have been written, whose abandoned lease would
 * count as a crash of this worker.
 */
export async function acquireStage(options: AcquireOptions, order: Order, delivered: Delivered) {
  // The tokens of acquisitions that may have been written.
  const tokens = new Set<string>();
  const giveUpAtMs = Date.now() + options.leaseMs / 2;
  for (;;) {
    try {
      return await tryAcquire(options, order, delivered, tokens);
    } catch (error) {
      if (error instanceof NotYet) return { kind: "busy", nakMs: error.delayMs } as const;
      const reason = error instanceof DepthmeshError ? error.reason : undefined;
      if (reason === "JOB_NOT_FOUND") return undefined;
      const isUnanswered = reason === "BUS_UNAVAILABLE";
      if (!isUnanswered || delivered.mustEnd() || Date.now() > giveUpAtMs) throw error;
      await pause(ACQUIRE_RETRY_MS);
    }
  }
}

async function tryAcquire(
  { store, worker, leaseMs, onTake, addressInLease }: AcquireOptions,
  order: Order,
  { address, seq }: Delivered,
  tokens: Set<string>,
) {
  const taker = { worker, leaseMs, seq, ...(addressInLease && { address }) };
  let decision: Acquisition | undefined;
  const known = await store.read(order.job, { atLeast: order.recordRevision });
  if (!known) return undefined;
  const take = (current: JobRecord) => {
    const token = current.stages[order.stage].lease?.token;
    if (token !== undefined && tokens.has(token) && !isTerminal(current)) {
      decision = { kind: "taken", record: current, token };
      return undefined;
    }
    decision = acquire(current, order, { ...taker, nowMs: Date.now() });
    if (decision.kind === "expired") return decision.record;
    if (decision.kind !== "taken") return undefined;
    const taken = onTake ? onTake(decision.record, address) : decision.record;
    tokens.add(decision.token);
    return taken;
  };
  const { record, revision } = await updateRecord(store, order.job, take, known);
  return decision?.kind === "taken" ? { ...decision, record, revision } : decision;
}
