/** What a job is told about its queue and its end, before and while it runs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobWork } from "../../../core/estimate/work.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { JobOutlook } from "./job-outlook.js";
import { SmoothEnd } from "./smooth-end.js";

const WORK: JobWork = {
  ...{ photoPixels: 100, depth: "auto", drawing: "fill", pixelFrames: 1000 },
  outputs: [{ format: "mp4 h264", rate: "crf 23", size: 1000 }],
};
const RASTER = { sha256: "r", width: 10, height: 10 };
const MAP = {
  ...{ photo: RASTER, alpha: null, disparity: RASTER, thumbnail: RASTER },
  ...{ cacheHit: false, postProcessingVersion: 1, resultKey: null },
  source: { model: "auto", modelSha256: "", provider: "cpu" },
};
const fleet = (slots: number) => ({
  live: new Map([["depth.w", { service: "depth", slots, draining: false }]]) as never,
});

/** Depth took 4 s, the frames 6 s. */
function done(id: string, notes: JobRecord["notes"] = []): JobRecord {
  const record = queuedRecord({ id, work: WORK, notes, state: "SUCCEEDED" });
  const at = (number: number, state: JobRecord["state"], atMs: number) => ({
    ...{ number, state, atMs, reason: "" },
  });
  const history = [
    at(1, "QUEUED", 0),
    at(2, "DEPTH", 1_000),
    at(3, "RENDER", 6_000),
    at(4, "ENCODE", 7_000),
    at(5, "SUCCEEDED", 13_000),
  ];
  const { depth, render } = record.stages;
  const order = { id: "o", seq: 1, decidedAtMs: 5_000, generation: 0 };
  const stages = {
    ...record.stages,
    depth: { ...depth, done: true, output: MAP },
    render: { ...render, order },
  };
  return { ...record, history, stages };
}

function taught(slots = 1): JobOutlook {
  const outlook = new JobOutlook(fleet(slots));
  for (const id of ["a", "b", "c"]) outlook.onRecord(done(id));
  return outlook;
}

test("nothing is told of an end while nothing is learnt", () => {
  const outlook = new JobOutlook(fleet(1));
  const record = queuedRecord({ work: WORK });
  outlook.onRecord(record);
  assert.deepEqual(outlook.of(record), { queuePosition: 0 });
  assert.deepEqual(outlook.of(done("a")), {});
});

test("a job that waits ends after those before it, shared by the workers' slots", () => {
  for (const [slots, seconds] of [
    [1, 18],
    [2, 14],
  ] as const) {
    const outlook = taught(slots);
    const nowMs = Date.now();
    const records = ["q1", "q2", "q3"].map((id) => queuedRecord({ id, work: WORK }));
    for (const record of records) outlook.onRecord(record);
    const last = records[2] ?? assert.fail();
    assert.equal(outlook.of(last, last.progress, nowMs).queuePosition, 2);
    assert.equal(outlook.of(last, last.progress, nowMs).endAtMs, nowMs + 1000 * seconds);
  }
});

test("a job that runs ends when its parts are done, and never in the past", () => {
  const outlook = taught();
  const nowMs = Date.now();
  const base = done("r");
  const lease = {
    ...{ token: "t", worker: "w", orderId: "o" },
    renewedAtMs: nowMs,
    untilMs: nowMs + 9e6,
  };
  const { render, encode } = base.stages;
  const stages = { ...base.stages, render: { ...render, lease }, encode: { ...encode, lease } };
  const history = base.history.slice(0, 4).map((entry) => ({ ...entry, atMs: nowMs - 3_000 }));
  const running: JobRecord = { ...base, state: "ENCODE", history, stages };
  const end = (encoded: number, at = nowMs) =>
    outlook.of(running, { depth: 1, render: 1, encode: encoded }, at).endAtMs ?? Number.NaN;
  assert.equal(end(0), nowMs + 3_000);
  assert.equal(end(0.5), nowMs + 3_000);
  assert.equal(end(1), nowMs + 500);
  assert.ok(end(0, nowMs + 3_600_000) > nowMs + 3_600_000);
});

test("what is learnt is told, with the note of the latest job only", () => {
  const outlook = taught();
  const { seconds, samples } = outlook.estimate(WORK, ["depth", "drawing"]);
  assert.deepEqual([seconds?.p50, samples], [10, 3]);
  assert.equal(outlook.latestDegradation("auto"), undefined);
  const code = "DEPTH_DEGRADED";
  const metadata = { from: "cuda", to: "cpu" };
  outlook.onRecord(done("d", [{ stage: "depth", code, message: "simpler", metadata }]));
  assert.equal(outlook.latestDegradation("auto")?.code, code);
  outlook.onRecord(done("e"));
  assert.equal(outlook.latestDegradation("auto"), undefined);
});

test("a watcher is told an end that moves smoothly, and news only", () => {
  const end = new SmoothEnd();
  assert.ok(end.isNews({ endAtMs: 10_000 }));
  assert.equal(end.next({ endAtMs: 10_000 }, 0).endAtMs, 10_000);
  assert.ok(!end.isNews({ endAtMs: 11_000 }));
  assert.ok(end.isNews({ endAtMs: 10_000, queuePosition: 1 }));
  assert.equal(end.next({ endAtMs: 20_000 }, 0).endAtMs, 14_000);
  assert.equal(end.next({ endAtMs: 4_000 }, 13_000).endAtMs, 13_000);
  assert.deepEqual(end.next({}), {});
});
