/** What a retry takes over, and what it refuses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stage } from "../stages.js";
import { acquire } from "./acquire.js";
import { cancel } from "./endings.js";
import { type JobRecord, newRecord } from "./record.js";
import { retryRecord, stageToRetry, withoutRetry, withRetry } from "./retry.js";
import { beginGeneration, commit, publishReport, type StageResult } from "./transitions.js";

const NAMES = { id: "old", tenant: "t", specBlob: "s", photoBlob: "p", traceId: "1" };
const RETRY = { id: "new", traceId: "2", nowMs: 50 };
const FILE = { mediaType: "image/png", sizeBytes: 1, sha256: "x", width: 1, height: 1, frames: 0 };
const NOTE = { code: "C", message: "m", metadata: {} };
const DEPTH: StageResult = {
  output: { map: "m" },
  artifacts: [{ ...FILE, name: "depth.png" }],
  notes: [NOTE],
};

function fresh(lastStage: Stage = "encode"): JobRecord {
  return newRecord({ ...NAMES, lane: "high", lastStage, deadlineAtMs: 99, nowMs: 0 });
}

function takes(record: JobRecord, stage: Stage) {
  const ref = record.stages[stage].order;
  assert.ok(ref);
  const order = { job: record.id, stage, generation: ref.generation, orderId: ref.id };
  const taken = acquire(record, order, { worker: "w", leaseMs: 10, nowMs: 1, seq: 1 });
  assert.ok(taken.kind === "taken");
  return taken;
}

function commits(record: JobRecord, stage: Stage, result: StageResult): JobRecord {
  const { record: taken, token } = takes(record, stage);
  return commit(taken, stage, token, result, 1) ?? assert.fail();
}

/** Depth is done, render has found something, and the job is cancelled then. */
function cutOffInRender(): JobRecord {
  const { record, token } = takes(commits(fresh(), "depth", DEPTH), "render");
  const begun = beginGeneration(record, "host:1", 1);
  const report = { artifacts: [{ ...FILE, name: "poster.png" }], notes: [NOTE] };
  const found = publishReport(begun, "render", token, report, 1) ?? assert.fail();
  return cancel(found, 2) ?? assert.fail();
}

function succeeded(): JobRecord {
  const { record } = takes(commits(fresh(), "depth", DEPTH), "render");
  return commits(beginGeneration(record, "host:1", 1), "encode", { output: null });
}

test("a retry keeps what the stages before have made, and nothing else", () => {
  const ended = cutOffInRender();
  const next = retryRecord(ended, stageToRetry(ended, undefined), RETRY);
  assert.deepEqual([next.id, next.state, next.lane, next.traceId], ["new", "QUEUED", "high", "2"]);
  assert.deepEqual([next.retryOf, next.deadlineAtMs, next.createdAtMs], ["old", null, 50]);
  assert.deepEqual(next.stages.depth.output, { map: "m" });
  assert.deepEqual(
    next.artifacts.map(({ name }) => name),
    ["depth.png"],
  );
  assert.deepEqual(
    next.notes.map(({ stage }) => stage),
    ["depth"],
  );
  assert.deepEqual(next.progress, { depth: 1, render: 0, encode: 0 });
  assert.equal(next.stages.depth.order, null);
  assert.equal(takes(next, "render").record.state, "RENDER");
  assert.equal(ended.state, "CANCELLED");
});

test("a retry runs to its own end", () => {
  const ended = cutOffInRender();
  const { record } = takes(retryRecord(ended, "render", RETRY), "render");
  const done = commits(beginGeneration(record, "host:1", 60), "encode", { output: null });
  assert.equal(done.state, "SUCCEEDED");
});

test("from depth, nothing is kept", () => {
  const next = retryRecord(succeeded(), "depth", RETRY);
  assert.deepEqual([next.artifacts, next.notes], [[], []]);
  assert.equal(next.stages.depth.done, false);
  assert.equal(takes(next, "depth").record.state, "DEPTH");
});

test("from encode means from render: frames are not stored", () => {
  assert.equal(stageToRetry(cutOffInRender(), "encode"), "render");
  assert.equal(stageToRetry(succeeded(), "encode"), "render");
  assert.equal(stageToRetry(succeeded(), "depth"), "depth");
});

test("a stage whose input was not made is refused with those that are possible", () => {
  const ended = cancel(fresh(), 1) ?? assert.fail();
  assert.equal(stageToRetry(ended, undefined), "depth");
  for (const stage of ["render", "encode"] as const) {
    assert.throws(() => stageToRetry(ended, stage), {
      reason: "PARAMETER_CONFLICT",
      metadata: { field: "from_stage", actual: stage, known: "depth" },
    });
  }
});

test("a stage that the job does not have is refused", () => {
  const depthOnly = commits(fresh("depth"), "depth", DEPTH);
  assert.throws(() => stageToRetry(depthOnly, "render"), { reason: "PARAMETER_CONFLICT" });
  assert.equal(stageToRetry(depthOnly, "depth"), "depth");
});

test("of a job that lacks nothing the stage must be said; one that has not ended is not ready", () => {
  assert.throws(() => stageToRetry(succeeded(), undefined), {
    reason: "PARAMETER_CONFLICT",
    metadata: { field: "from_stage", known: "depth render encode" },
  });
  assert.throws(() => stageToRetry(fresh(), undefined), { reason: "JOB_NOT_READY" });
});

test("the ended job names its retries, each once, and changes in nothing else", () => {
  const ended = cutOffInRender();
  const named = withRetry(ended, "new") ?? assert.fail();
  assert.deepEqual({ ...named, retriedAs: [] }, ended);
  assert.equal(withRetry(named, "new"), undefined);
  assert.deepEqual(withoutRetry(named, "new"), ended);
  assert.equal(withoutRetry(ended, "new"), undefined);
});
