/** What of a job record the caller receives. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveSpec } from "../core/spec/resolve-spec.js";
import { type JobRecord, newRecord } from "../pipeline/record/record.js";
import type { Json } from "../pipeline/record/stage-record.js";
import { Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { toWireJob } from "./job.js";

const SPEC = resolveSpec(
  { fields: {}, motions: [], outputs: [], artifacts: ["poster"] },
  { models: ["tiny"], maxFrames: 3600 },
);
const NAMES = { tenant: "t", specBlob: "s", photoBlob: "p", traceId: "0".repeat(32) };
const QUEUED = newRecord({ ...NAMES, id: "j", lane: "normal", lastStage: "render", nowMs: 1000 });

/** Through the bytes of the message, as a caller gets it. */
function received(change: Partial<JobRecord>): Job {
  return Job.decode(Job.encode(toWireJob({ ...QUEUED, ...change }, SPEC)).finish());
}

test("a new job is queued and has its spec, no artifacts, notes or error", () => {
  const job = received({});
  assert.equal(job.name, "jobs/j");
  assert.equal(job.state, JobState.JOB_STATE_QUEUED);
  assert.equal(job.spec?.stills?.posterTau, 0.5);
  assert.deepEqual([job.artifacts, job.notes, job.error], [[], [], undefined]);
});

test("the names of artifacts begin with that of the job, and notes are passed on as recorded", () => {
  const file = {
    mediaType: "image/png",
    sizeBytes: 9,
    sha256: "ab",
    width: 4,
    height: 2,
    frames: 0,
  };
  const metadata = { actual_size: "20000×10", limit_side_pixels: "16384" };
  const note = { stage: "render", code: "PHOTO_SCALED", message: "scaled", metadata } as const;
  const job = received({ artifacts: [{ ...file, name: "poster.png" }], notes: [note] });
  assert.equal(job.artifacts[0]?.name, "jobs/j/artifacts/poster.png");
  const [{ stage, code, message, metadata: facts } = assert.fail()] = job.notes;
  assert.deepEqual({ stage, code, message, metadata: { ...facts } }, note);
});

test("what the camera does to the photo is told once it is known, whatever else is damaged", () => {
  const camera = { strength: 0.5, hiddenAreaPercent: 2.5, stretchP99: 1.25 };
  const rendered = (output: Json) =>
    received({ stages: { ...QUEUED.stages, render: { ...QUEUED.stages.render, output } } });
  const { strength, hiddenAreaPercent, stretchP99 } = rendered({ camera }).camera ?? {};
  assert.deepEqual({ strength, hiddenAreaPercent, stretchP99 }, camera);
  assert.equal(rendered(null).camera, undefined);
  assert.equal(rendered({ camera: { strength: "much" } }).camera, undefined);
});

test("the deadline is a time, and retries are job names", () => {
  const deadlineAtMs = Date.UTC(2026, 0, 31);
  const job = received({ deadlineAtMs, retryOf: "i", retriedAs: ["k", "l"] });
  assert.equal(job.spec?.deadline?.getTime(), deadlineAtMs);
  assert.deepEqual([job.retryOf, job.retriedAs], ["jobs/i", ["jobs/k", "jobs/l"]]);
  const plain = received({});
  assert.deepEqual([plain.spec?.deadline, plain.retryOf, plain.retriedAs], [undefined, "", []]);
});
