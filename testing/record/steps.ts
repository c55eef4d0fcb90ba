/**
 * The steps of a job in tests of its record: a stage is taken and committed as a worker does it.
 */
import assert from "node:assert/strict";
import type { Order } from "../../pipeline/orders/order.js";
import { acquire } from "../../pipeline/record/acquire.js";
import { type JobRecord, newRecord } from "../../pipeline/record/record.js";
import { beginGeneration, commit } from "../../pipeline/record/transitions.js";
import type { Stage } from "../../pipeline/stages.js";

export const LEASE_MS = 6000;

export const taker = (nowMs: number, worker = "w") => ({
  worker,
  leaseMs: LEASE_MS,
  nowMs,
  seq: 1,
});

export function newJob(lastStage: Stage = "encode"): JobRecord {
  const names = { id: "j", tenant: "t", specBlob: "s", photoBlob: "p", traceId: "0" };
  return newRecord({ ...names, lane: "normal", lastStage, nowMs: 0 });
}

export function orderOf(record: JobRecord, stage: Stage): Order {
  const ref = record.stages[stage].order;
  assert.ok(ref, `no ${stage} order`);
  return { job: record.id, stage, generation: ref.generation, orderId: ref.id };
}

export function takes(record: JobRecord, stage: Stage, nowMs = 0) {
  const result = acquire(record, orderOf(record, stage), taker(nowMs));
  assert.equal(result.kind, "taken");
  return result as Extract<typeof result, { kind: "taken" }>;
}

export function commits(record: JobRecord, stage: Stage, nowMs = 0): JobRecord {
  const taken = takes(record, stage, nowMs);
  const started =
    stage === "render" ? beginGeneration(taken.record, "host:1", nowMs) : taken.record;
  const done = commit(started, stage, taken.token, { output: null }, nowMs);
  assert.ok(done);
  return done;
}
