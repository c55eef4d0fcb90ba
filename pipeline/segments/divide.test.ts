/** What segments reach is folded into their job, once and in the same way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { queuedRecord } from "../../testing/record/made-records.js";
import { acquire } from "../record/acquire.js";
import type { Division } from "../record/division.js";
import { type JobRecord, withProgress, withStage } from "../record/record.js";
import { MAX_REMAKES } from "../record/transitions.js";
import { divide, fold, renderAgain } from "./divide.js";
import { segmentId, segmentIds, segmentRecord } from "./segment-record.js";

const NOW = 5_000;
const DEPTH = "d".repeat(64);
const DIVISION: Division = {
  ...{ id: "a", quality: "fast", traceParent: "", retries: 0 },
  ranges: [
    { firstFrame: 0, frames: 30 },
    { firstFrame: 30, frames: 10 },
  ],
};

/** A job that render has divided. */
function divided(): JobRecord {
  const job = withStage(queuedRecord({ id: "0".repeat(26) }), "depth", {
    ...{ done: true, doneBy: "t", output: { disparity: { sha256: DEPTH } } },
  });
  const lease = { token: "r", worker: "w", orderId: "o", renewedAtMs: 0, untilMs: 9e9 };
  const rendering = withStage({ ...job, state: "RENDER" as const }, "render", { lease });
  return divide(rendering, "r", DIVISION, { output: null }, NOW) ?? assert.fail("not divided");
}

const segmentsOf = (job: JobRecord) => [0, 1].map((i) => segmentRecord(job, DIVISION, i, NOW));
const ended = (segment: JobRecord, state: JobRecord["state"]): JobRecord => ({ ...segment, state });

test("only the holder of render divides, and encode then waits without an order", () => {
  const job = divided();
  assert.equal(job.stages.render.done, true);
  assert.equal(job.stages.encode.order, null);
  assert.equal(divide(job, "other", DIVISION, {}, NOW), undefined);
});

test("a segment begins with render, has its job's depth, and an id that follows from the division", () => {
  const job = divided();
  const [first, second] = segmentsOf(job);
  assert.deepEqual([first?.id, second?.id], segmentIds(job.id, DIVISION));
  assert.notEqual(segmentId(job.id, "b", 0), first?.id);
  assert.match(first?.id ?? "", /^[0-9a-hjkmnp-tv-z]{26}$/);
  assert.deepEqual(first?.stages.depth.output, job.stages.depth.output);
  assert.notEqual(second?.stages.render.order, null);
  assert.deepEqual(second?.segment, {
    ...{ firstFrame: 30, frames: 10, division: "a", index: 1, quality: "fast" },
  });
});

test("progress is that of all frames, and the state follows the first encoder", () => {
  const job = divided();
  const [first, second] = segmentsOf(job) as [JobRecord, JobRecord];
  assert.equal(fold(job, DIVISION, [first, second], NOW), undefined, "nothing has changed");
  const half = ended(withProgress(withProgress(first, "render", 0.8), "encode", 0.5), "ENCODE");
  const after = fold(job, DIVISION, [half, second], NOW);
  assert.equal(after?.state, "ENCODE");
  assert.equal(after?.progress.render, 0.6);
  assert.equal(after?.progress.encode, 0.375);
  assert.equal(after && fold(after, DIVISION, [half, second], NOW), undefined);
});

test("when all are done the order to join is decided once, with what was retried", () => {
  const job = divided();
  const [first, second] = segmentsOf(job) as [JobRecord, JobRecord];
  const lost = withStage(ended(second, "SUCCEEDED"), "encode", { crashes: 1 });
  const after = fold(job, DIVISION, [ended(first, "SUCCEEDED"), lost], NOW);
  assert.ok(after?.stages.encode.order);
  assert.equal(after.division?.retries, 1);
  assert.equal(fold(after, DIVISION, [ended(first, "SUCCEEDED"), lost], NOW), undefined);
});

test("a segment that fails ends the job alike, but a lost map is made again", () => {
  const job = divided();
  const [first, second] = segmentsOf(job) as [JobRecord, JobRecord];
  const failed = (reason: string, metadata = {}): JobRecord => ({
    ...ended(second, "FAILED"),
    error: { reason, message: "why", metadata },
  });
  const poisoned = fold(job, DIVISION, [first, failed("POISONED")], NOW);
  assert.deepEqual(
    [poisoned?.state, poisoned?.error?.reason, poisoned?.error?.message],
    ["FAILED", "POISONED", "why"],
  );
  let again = fold(job, DIVISION, [first, failed("BLOB_CORRUPT", { sha256: DEPTH })], NOW);
  assert.deepEqual([again?.state, again?.division], ["RENDER", undefined]);
  assert.deepEqual([again?.stages.depth.done, again?.stages.render.done], [false, false]);
  const often = withStage(job, "depth", { remakes: MAX_REMAKES });
  again = fold(often, DIVISION, [first, failed("BLOB_CORRUPT", { sha256: DEPTH })], NOW);
  assert.equal(again?.state, "FAILED");
});

test("a clip that cannot be joined is rendered again, and its old order to join is void", () => {
  const job = divided();
  const all = segmentsOf(job).map((segment) => ended(segment, "SUCCEEDED"));
  const joinable = fold(job, DIVISION, all, NOW) ?? assert.fail("not joinable");
  const { order } = joinable.stages.encode;
  const message = { job: job.id, stage: "encode", orderId: order?.id ?? "" } as const;
  const generation = joinable.generation;
  const taker = { worker: "w", leaseMs: 1_000, nowMs: NOW, seq: 1 };
  const taken = acquire(joinable, { ...message, generation }, taker);
  assert.equal(taken.kind, "taken");
  if (taken.kind !== "taken") return;
  const cause = { whole: true, reason: "ENCODER_CRASHED" };
  assert.equal(renderAgain(taken.record, "other", cause, NOW), undefined);
  const again = renderAgain(taken.record, taken.token, cause, NOW) ?? assert.fail("not again");
  assert.deepEqual([again.undivided, again.division], [true, undefined]);
  assert.ok(again.stages.render.order);
  assert.equal(acquire(again, { ...message, generation }, taker).kind, "drop");
});
