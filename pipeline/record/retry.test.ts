/** Retrying a job: what the new job takes over, and which stages it may begin with. */
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

/** A job that was cancelled after depth was done and render had published a report. */
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

test("a retry takes over what the earlier stages have made, and nothing else", () => {
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

test("a retried job can be worked on to its end", () => {
  const ended = cutOffInRender();
  const { record } = takes(retryRecord(ended, "render", RETRY), "render");
  const done = commits(beginGeneration(record, "host:1", 60), "encode", { output: null });
  assert.equal(done.state, "SUCCEEDED");
});

test("a retry from depth takes over nothing", () => {
  const next = retryRecord(succeeded(), "depth", RETRY);
  assert.deepEqual([next.artifacts, next.notes], [[], []]);
  assert.equal(next.stages.depth.done, false);
  assert.equal(takes(next, "depth").record.state, "DEPTH");
});

test("a retry from encode begins with render, because frames are not stored", () => {
  assert.equal(stageToRetry(cutOffInRender(), "encode"), "render");
  assert.equal(stageToRetry(succeeded(), "encode"), "render");
  assert.equal(stageToRetry(succeeded(), "depth"), "depth");
});

test("a stage whose inputs do not exist is refused, and the error names the possible ones", () => {
  const ended = cancel(fresh(), 1) ?? assert.fail();
  assert.equal(stageToRetry(ended, undefined), "depth");
  for (const stage of ["render", "encode"] as const) {
    assert.throws(() => stageToRetry(ended, stage), {
      reason: "PARAMETER_CONFLICT",
      metadata: { field: "from_stage", actual: stage, known: "depth" },
    });
  }
});

test("a stage after the job's last one is refused", () => {
  const depthOnly = commits(fresh("depth"), "depth", DEPTH);
  assert.throws(() => stageToRetry(depthOnly, "render"), { reason: "PARAMETER_CONFLICT" });
  assert.equal(stageToRetry(depthOnly, "depth"), "depth");
});

test("a succeeded job is retried only from a named stage, and a job that has not ended not at all", () => {
  assert.throws(() => stageToRetry(succeeded(), undefined), {
    reason: "PARAMETER_CONFLICT",
    metadata: { field: "from_stage", known: "depth render encode" },
  });
  assert.throws(() => stageToRetry(fresh(), undefined), { reason: "JOB_NOT_READY" });
});

test("the ended job names each of its retries once and does not change otherwise", () => {
  const ended = cutOffInRender();
  const named = withRetry(ended, "new") ?? assert.fail();
  assert.deepEqual({ ...named, retriedAs: [] }, ended);
  assert.equal(withRetry(named, "new"), undefined);
  assert.deepEqual(withoutRetry(named, "new"), ended);
  assert.equal(withoutRetry(ended, "new"), undefined);
});
