/** What EstimateJob says before and after jobs were made, and what it refuses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../../core/errors.js";
import { Experience } from "../../../core/estimate/experience.js";
import { workOf } from "../../../core/estimate/work.js";
import { note } from "../../../core/spec/note.js";
import { resolveSpec } from "../../../core/spec/resolve-spec.js";
import { EstimateJobRequest } from "../../../proto/gen/depthmesh/v1/job_service.js";
import { DegradePolicy } from "../../../proto/gen/depthmesh/v1/model.js";
import { Acceleration, Container, type DeepPartial } from "../../../proto/gen/depthmesh/v1/spec.js";
import { type EstimateLimits, estimateJob } from "./estimate-job.js";

const experience = new Experience();
let latest: ReturnType<EstimateLimits["outlook"]["latestDegradation"]>;
let modelState: "available" | "not-installed" = "available";
const limits: EstimateLimits = {
  config: { maxFrames: 3600, maxPixels: 50_000_000, maxPixelFrames: 1e10 },
  models: {
    namesFor: async () => ["auto"],
    list: async () => [{ state: modelState }] as never,
  },
  encoders: {
    live: new Map([
      ["encode.w", [{ codec: "h264", name: "libx264", hardware: "", works: true }]],
    ]) as never,
  },
  outlook: {
    estimate: (work, parts) => experience.estimate(work, parts),
    latestDegradation: () => latest,
  },
};

const estimate = (request: DeepPartial<EstimateJobRequest> = {}) =>
  estimateJob(limits, EstimateJobRequest.fromPartial(request));

test("without experience the plan is told, and the rest is absent", async () => {
  const { plan, notes, ...unknown } = await estimate({ photoWidth: 1280, photoHeight: 720 });
  assert.deepEqual([plan?.width, plan?.outputs.length], [1280, 1]);
  assert.deepEqual(notes, []);
  const nothing = { secondsP50: undefined, secondsP90: undefined, samples: 0 };
  assert.deepEqual(unknown, { ...nothing, bytesP50: undefined, bytesP90: undefined });
});

test("what ended jobs took is told", async () => {
  const nothing = { fields: {}, motions: [], outputs: [], artifacts: [] };
  const spec = resolveSpec(nothing, { models: ["auto"], maxFrames: 3600 });
  for (const job of ["a", "b", "c"]) {
    const work = workOf(spec, { width: 1920, height: 1080 });
    experience.learn(job, { work, seconds: { depth: 1.5, drawing: 2.5 }, outputBytes: [9e5] });
  }
  const known = await estimate();
  assert.deepEqual([known.secondsP50, known.secondsP90, known.samples], [4, 4, 3]);
  assert.deepEqual([known.bytesP50, known.bytesP90], [900_000, 900_000]);
});

test("where the result would differ is told", async () => {
  const codes = async (request?: DeepPartial<EstimateJobRequest>) =>
    (await estimate(request)).notes.map(({ stage, code }) => `${stage} ${code}`);
  const hardware = { acceleration: Acceleration.ACCELERATION_HARDWARE };
  assert.deepEqual(await codes({ spec: { outputs: [hardware] } }), ["encode ENCODED_IN_SOFTWARE"]);
  modelState = "not-installed";
  assert.deepEqual(await codes(), ["depth DEPTH_DEGRADED"]);
  const strict = { degradePolicy: DegradePolicy.DEGRADE_POLICY_FORBID };
  assert.deepEqual(await codes({ spec: strict }), [], "it would fail instead");
  assert.deepEqual(await codes({ spec: { depth: { map: {} } } }), []);
  modelState = "available";
  latest = note("DEPTH_DEGRADED", { from: "cuda", to: "cpu" });
  assert.equal((await estimate()).notes[0]?.metadata.to, "cpu");
  latest = undefined;
});

test("everything that is wrong is refused at once", async () => {
  const request = { photoWidth: 8, photoHeight: 40_000, spec: { clip: { width: 1 } } };
  await assert.rejects(estimate(request), (error) => {
    assert.ok(error instanceof DepthmeshError);
    assert.deepEqual(
      error.violations.map(({ field }) => field),
      ["photo_width", "photo_height", "clip.width"],
    );
    return true;
  });
  await assert.rejects(estimate({ photoWidth: 30_000, photoHeight: 30_000 }), {
    reason: "PARAMETER_OUT_OF_RANGE",
  });
  await assert.rejects(estimate({ spec: { outputs: [{ container: Container.CONTAINER_GIF }] } }), {
    reason: "CODEC_UNAVAILABLE",
  });
});
