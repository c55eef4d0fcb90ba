/** Which job comes next, lane by lane. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobRecord } from "../../../pipeline/record/record.js";
import { queuedRecord, takenRecord } from "../../../testing/record/made-records.js";
import { WaitingJobs, waitingStage } from "./waiting-jobs.js";

function queued(id: string, decidedAtMs: number, lane: JobRecord["lane"] = "normal"): JobRecord {
  const record = queuedRecord({ id, lane });
  const { depth } = record.stages;
  const order = depth.order && { ...depth.order, decidedAtMs };
  return { ...record, stages: { ...record.stages, depth: { ...depth, order } } };
}

test("a job is preceded by those of its lane whose orders are older", () => {
  const waiting = new WaitingJobs();
  for (const record of [
    queued("c", 30),
    queued("a", 10),
    queued("b", 20),
    queued("x", 5, "high"),
  ]) {
    waiting.onRecord(record);
  }
  const positions = () => ["a", "b", "c", "x", "?"].map((id) => waiting.before(id, nowMs));
  let nowMs = 0;
  assert.deepEqual(positions(), [0, 1, 2, 0, undefined]);
  waiting.onRemoved("a");
  waiting.onRecord({ ...queued("b", 20), state: "CANCELLED" });
  waiting.onRecord(queued("d", 40));
  assert.deepEqual([waiting.before("c", nowMs), waiting.before("d", nowMs)], [2, 1]);
  nowMs += 1_000;
  assert.deepEqual(positions(), [undefined, undefined, 0, 0, undefined]);
  assert.equal(waiting.before("d", nowMs), 1);
});

test("a job whose stage is worked on does not wait, and one whose lease has passed does", () => {
  const { record } = takenRecord();
  const nowMs = Date.now();
  assert.equal(waitingStage(record, nowMs), undefined);
  assert.equal(waitingStage(record, nowMs + 60_000), "depth");
  assert.equal(waitingStage(queuedRecord(), nowMs), "depth");
  assert.equal(waitingStage(queuedRecord({ state: "FAILED" }), nowMs), undefined);
});

test("ten thousand watchers of ten thousand jobs cost one sort", () => {
  const waiting = new WaitingJobs();
  const ids = Array.from({ length: 10_000 }, (_, i) => `j${i}`);
  for (const [i, id] of ids.entries()) waiting.onRecord(queued(id, i));
  waiting.before("j0", 0);
  const beganMs = process.cpuUsage().user / 1000;
  assert.ok(ids.every((id, i) => waiting.before(id, 1) === i));
  assert.ok(process.cpuUsage().user / 1000 - beganMs < 500);
});
