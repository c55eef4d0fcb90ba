/** Which orders the handler of too many deliveries leaves to a worker. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cancel } from "../../../pipeline/record/endings.js";
import { withStage } from "../../../pipeline/record/record.js";
import { LEASE_MS, queuedRecord, takenRecord } from "../../../testing/record/made-records.js";
import { isHeld } from "./max-deliveries.js";

const ORDER = { job: "j", stage: "depth", generation: 0, orderId: "o" } as const;

test("an order is held while its stage's lease is live, and not otherwise", () => {
  const { record } = takenRecord();
  const nowMs = Date.now();
  assert.equal(isHeld(record, ORDER, nowMs), true);
  assert.equal(isHeld(record, ORDER, nowMs + LEASE_MS), false, "the lease has expired");
  assert.equal(isHeld(queuedRecord(), ORDER, nowMs), false, "no worker has taken it");
  assert.equal(isHeld(withStage(record, "depth", { done: true }), ORDER, nowMs), false, "done");
  const ended = cancel(record, nowMs);
  assert.ok(ended && !isHeld(ended, ORDER, nowMs), "the job has ended");
});
