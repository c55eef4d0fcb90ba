/** The ways in which a job ends: failure, deadline and cancel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { acquire } from "./acquire.js";
import { cancel, expire, fail } from "./endings.js";
import { newRecord } from "./record.js";

const ERROR = { reason: "IMAGE_CORRUPT", message: "broken", metadata: {} };

function newJob(deadlineAtMs: number | null = null) {
  const names = { id: "j", tenant: "t", specBlob: "s", photoBlob: "p", traceId: "0" };
  return newRecord({ ...names, deadlineAtMs, lane: "normal", lastStage: "encode", nowMs: 0 });
}

function take(record = newJob(), nowMs = 0) {
  const { order } = record.stages.depth;
  assert.ok(order);
  const message = { job: "j", stage: "depth", generation: 0, orderId: order.id } as const;
  return acquire(record, message, { worker: "w", leaseMs: 6_000, nowMs, seq: 7 });
}

test("only the holder of a stage's lease can end its job as failed", () => {
  const taken = take();
  assert.equal(taken.kind, "taken");
  if (taken.kind !== "taken") return;
  const { record, token } = taken;
  assert.equal(fail(record, { stage: "depth", token: "stranger" }, ERROR, 1), undefined);
  assert.equal(fail(record, { stage: "render", token }, ERROR, 1), undefined);
  const failed = fail(record, { stage: "depth", token }, ERROR, 1);
  assert.equal(failed?.state, "FAILED");
  assert.deepEqual(failed?.error, ERROR);
  assert.equal(failed?.history.at(-1)?.reason, "IMAGE_CORRUPT");
});

test("a job whose deadline passes expires before its first worker, and fails after", () => {
  const queued = newJob(1_000);
  assert.equal(expire(queued, 999), undefined);
  const expired = expire(queued, 1_000);
  assert.equal(expired?.state, "EXPIRED");
  assert.equal(expired?.error?.reason, "JOB_DEADLINE_EXCEEDED");
  const taken = take(queued);
  assert.equal(taken.kind, "taken");
  if (taken.kind === "taken") assert.equal(expire(taken.record, 1_000)?.state, "FAILED");
});

test("an order that is delivered after the deadline ends its job", () => {
  const late = take(newJob(1_000), 1_000);
  assert.equal(late.kind === "expired" && late.record.state, "EXPIRED");
});

test("a job without a deadline never expires", () => {
  assert.equal(expire(newJob(), Number.MAX_SAFE_INTEGER), undefined);
});

test("the first end of a job is final", () => {
  const cancelled = cancel(newJob(1_000), 1);
  assert.ok(cancelled);
  assert.equal(expire(cancelled, 2_000), undefined);
  assert.equal(cancel(cancelled, 2), undefined);
});
