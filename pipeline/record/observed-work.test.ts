/** The times that a job's record tells, and which jobs tell none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobWork } from "../../core/estimate/work.js";
import { commits, newJob, takes } from "../../testing/record/steps.js";
import type { Stage } from "../stages.js";
import { beganAtMs, observationOf, partsOf, workOfRecord } from "./observed-work.js";
import type { JobRecord } from "./record.js";
import type { Json } from "./stage-record.js";
import { beginGeneration, commit } from "./transitions.js";

const WORK: JobWork = {
  ...{ photoPixels: 100, depth: "auto", drawing: "fill", pixelFrames: 1000 },
  outputs: [
    { format: "mp4 h264", rate: "crf 23", size: 1000 },
    { format: "gif gif", rate: "lossless", size: 1000 },
  ],
};
const RASTER = { sha256: "r", width: 10, height: 10 };
const DEPTH_OUTPUT: Json = {
  ...{ photo: RASTER, alpha: null, disparity: RASTER, thumbnail: RASTER },
  ...{ cacheHit: false, postProcessingVersion: 1, resultKey: null },
  source: { model: "auto", modelSha256: "", provider: "cpu" },
};
const video = (output: number, sizeBytes: number) => ({
  ...{ name: `video-${output}`, mediaType: "video/mp4", sizeBytes, sha256: "v", frames: 9 },
  ...{ width: 10, height: 10 },
  video: {
    ...{ output, durationSeconds: 1, codec: "h264", pixelFormat: "yuv420p", soundCodec: "" },
    encoder: "libx264",
  },
});

/** Accepted at 0, depth from 1 s to 3 s, render taken at 10 s, encode at 11 s, ended at 16 s. */
function ended(lastStage: Stage = "encode", change: Partial<JobRecord> = {}): JobRecord {
  const queued = { ...newJob(lastStage), work: WORK, ...change };
  const depth = takes(queued, "depth", 1_000);
  const output = { output: DEPTH_OUTPUT };
  const mapped = commit(depth.record, "depth", depth.token, output, 3_000) ?? assert.fail();
  if (lastStage === "depth") return mapped;
  const render = takes(mapped, "render", 10_000);
  if (lastStage === "render") {
    return commit(render.record, "render", render.token, { output: null }, 16_000) ?? assert.fail();
  }
  const drawn = beginGeneration(render.record, "host:1", 10_000);
  const encode = takes(drawn, "encode", 11_000);
  const artifacts = [video(1, 70), video(0, 50)];
  const result = { output: null, artifacts };
  return commit(encode.record, "encode", encode.token, result, 16_000) ?? assert.fail();
}

test("a video tells the time of its map and of its frames, without the waits between", () => {
  assert.deepEqual(observationOf(ended()), {
    work: WORK,
    seconds: { depth: 2, drawing: 5 },
    outputBytes: [50, 70],
  });
});

test("stills and a map alone tell the parts that they have", () => {
  assert.deepEqual(observationOf(ended("render"))?.seconds, { depth: 2, drawing: 6 });
  assert.deepEqual(observationOf(ended("depth"))?.seconds, { depth: 2 });
  assert.deepEqual(partsOf({ lastStage: "depth" }), ["depth"]);
});

test("a job that was reused, interrupted, retried or not successful tells no time", () => {
  assert.equal(observationOf({ ...ended(), cacheHit: true }), undefined);
  assert.equal(observationOf({ ...ended(), state: "FAILED" }), undefined);
  const [first, ...rest] = ended().history;
  const lost = { ...(first ?? assert.fail()), reason: "WORKER_LOST" };
  assert.equal(observationOf({ ...ended(), history: [lost, ...rest] }), undefined);
  assert.deepEqual(observationOf({ ...ended(), retryOf: "i" })?.seconds, { drawing: 5 });
  const record = ended();
  const reused = {
    ...record.stages.depth,
    output: { ...(DEPTH_OUTPUT as object), cacheHit: true },
  };
  const cached = { ...record, stages: { ...record.stages, depth: reused } };
  assert.deepEqual(observationOf(cached)?.seconds, { drawing: 5 });
});

test("a record without a valid size of its work tells nothing, and hides nothing", () => {
  const { work: _work, ...earlier } = ended();
  assert.equal(observationOf(earlier), undefined);
  const damaged = { ...ended(), work: { photoPixels: "many" } as never };
  assert.equal(workOfRecord(damaged), undefined);
  assert.equal(observationOf(damaged), undefined);
});

test("a part began when a worker took its last stage", () => {
  const record = ended();
  assert.deepEqual([beganAtMs(record, "depth"), beganAtMs(record, "drawing")], [1_000, 11_000]);
  const waiting = commits(newJob(), "depth", 1_000);
  assert.equal(beganAtMs(waiting, "drawing"), undefined);
});
