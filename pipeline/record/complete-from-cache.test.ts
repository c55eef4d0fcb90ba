/** Ending a job after its depth stage with the result of an earlier job. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type EarlierResult, resultOf } from "../results/result-cache.js";
import type { Stage } from "../stages.js";
import { acquire } from "./acquire.js";
import { cancel, completeFromCache } from "./endings.js";
import { type ArtifactRecord, type JobRecord, newRecord } from "./record.js";
import { commit, renew } from "./transitions.js";

const LEASE_MS = 6000;
const EARLIER: EarlierResult = {
  job: "earlier",
  outputs: { render: null, encode: { fragments: { sha256: "f" } } },
  artifacts: [file("depth.png", "old"), file("poster.png", "p"), file("video.mp4", "v")],
  notes: [
    { stage: "depth", code: "DEPTH_STRETCHED", message: "", metadata: {} },
    { stage: "render", code: "R", message: "", metadata: {} },
  ],
};
const DEPTH = {
  output: { disparity: "d" },
  artifacts: [file("depth.png", "new")],
  notes: [{ code: "DEPTH_FLAT", message: "", metadata: {} }],
};

function file(name: string, sha256: string): ArtifactRecord {
  return { name, sha256, mediaType: "", sizeBytes: 1, width: 1, height: 1, frames: 0 };
}

function taken(lastStage: Stage = "encode") {
  const names = { id: "j", tenant: "t", specBlob: "s", photoBlob: "p", traceId: "0" };
  return takes(newRecord({ ...names, lane: "normal", lastStage, nowMs: 0 }), 0);
}

function takes(record: JobRecord, nowMs: number) {
  const ref = record.stages.depth.order;
  assert.ok(ref);
  const order = { job: "j", stage: "depth", generation: ref.generation, orderId: ref.id } as const;
  const result = acquire(record, order, { worker: "w", leaseMs: LEASE_MS, nowMs, seq: 1 });
  assert.equal(result.kind, "taken");
  return { ...(result as Extract<typeof result, { kind: "taken" }>), order };
}

test("later stages take over the earlier job's outputs; depth's artifacts and notes are the job's own", () => {
  const { record, token, order } = taken();
  const ended = completeFromCache(record, token, DEPTH, EARLIER, 5);
  assert.ok(ended);
  assert.ok(ended.cacheHit);
  assert.deepEqual(
    ended.history.map(({ state, atMs }) => [state, atMs]),
    [
      ["QUEUED", 0],
      ["DEPTH", 0],
      ["SUCCEEDED", 5],
    ],
  );
  assert.deepEqual(ended.progress, { depth: 1, render: 1, encode: 1 });
  for (const stage of Object.values(ended.stages)) {
    assert.deepEqual([stage.done, stage.doneBy, stage.lease], [true, token, null]);
  }
  assert.equal(ended.stages.depth.output, DEPTH.output);
  assert.equal(ended.stages.encode.output, EARLIER.outputs.encode);
  assert.equal(ended.stages.render.order, null);
  assert.deepEqual(
    ended.artifacts.map(({ name, sha256 }) => [name, sha256]),
    [
      ["depth.png", "new"],
      ["poster.png", "p"],
      ["video.mp4", "v"],
    ],
  );
  assert.deepEqual(
    ended.notes.map(({ stage, code }) => [stage, code]),
    [
      ["depth", "DEPTH_FLAT"],
      ["render", "R"],
    ],
  );
  const again = acquire(ended, order, { worker: "w", leaseMs: LEASE_MS, nowMs: 9, seq: 1 });
  assert.deepEqual(again, { kind: "drop" });
  assert.deepEqual(
    resultOf(ended).outputs,
    EARLIER.outputs,
    "the job's result can be taken over in turn",
  );
});

test("a job that ends with render takes over nothing of encode", () => {
  const { record, token } = taken("render");
  const ended = completeFromCache(record, token, DEPTH, EARLIER, 5);
  assert.deepEqual(ended?.progress, { depth: 1, render: 1, encode: 0 });
  assert.equal(ended?.stages.encode.done, false);
});

test("a worker that has lost its lease, or whose job has ended, cannot complete it from the cache", () => {
  const first = taken();
  const second = takes(first.record, LEASE_MS);
  assert.equal(completeFromCache(second.record, first.token, DEPTH, EARLIER, LEASE_MS), undefined);
  assert.ok(completeFromCache(second.record, second.token, DEPTH, EARLIER, LEASE_MS));
  const cancelled = cancel(first.record, 1);
  assert.ok(cancelled);
  assert.equal(completeFromCache(cancelled, first.token, DEPTH, EARLIER, 1), undefined);
  const committed = commit(first.record, "depth", first.token, DEPTH, 1);
  assert.ok(committed);
  assert.equal(completeFromCache(committed, first.token, DEPTH, EARLIER, 1), undefined);
  const ended = completeFromCache(first.record, first.token, DEPTH, EARLIER, 1);
  assert.ok(ended);
  assert.equal(completeFromCache(ended, first.token, DEPTH, EARLIER, 2), undefined, "once");
  const timing = { leaseMs: LEASE_MS, nowMs: 2 };
  assert.equal(renew(ended, "depth", first.token, timing, 1), undefined);
});
