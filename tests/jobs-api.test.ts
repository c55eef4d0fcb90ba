/**
 * What JobService tells of jobs besides their state, in one mesh: everything that is wrong with a
 * request at once, the place in the queue, the expected end, and estimates learnt from ended jobs.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { uploadFile } from "../client/upload-file.js";
import { DepthmeshError } from "../core/errors.js";
import { fromRpcStatus } from "../kit/rpc/status.js";
import { type Job, type JobProgress, JobStage, JobState } from "../proto/gen/depthmesh/v1/job.js";
import type { BatchCreateJobsResult } from "../proto/gen/depthmesh/v1/job_service.js";
import { ArtifactKind, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { UploadServiceService } from "../proto/gen/depthmesh/v1/upload_service.js";
import { eventually, succeeds } from "../testing/eventually.js";
import { Failpoints } from "../testing/mesh/failpoints.js";
import {
  type Fixture,
  longSpec,
  pidOf,
  smallSpec,
  startFixture,
  untilEnded,
  untilProgress,
  upload,
} from "../testing/mesh/fixture.js";

let fixture: Fixture;
let failpoints: Failpoints;
before(async () => {
  failpoints = await Failpoints.open();
  fixture = await startFixture({ environment: failpoints.environment });
});
after(async () => {
  await fixture?.close();
  await failpoints?.close();
});

/** Small, and different for each number, so that no map is reused. */
function photo(number: number, [width, height] = [96, 64]): Promise<Buffer> {
  const background = { r: number * 20, g: 90, b: 120 };
  return sharp({ create: { width: width ?? 96, height: height ?? 64, channels: 3, background } })
    .png()
    .toBuffer();
}

const create = async (number: number, spec = smallSpec()) =>
  fixture.client.createJob(spec, { photo: upload(await photo(number)) });

/** The estimate that rests on all jobs that have ended. */
const learnt = async () => {
  const known = await estimate().catch(() => undefined);
  return known?.samples === 4 && known;
};

const estimate = () => fixture.client.estimateJob(smallSpec(), { width: 96, height: 64 });

test("a request is refused with all that is wrong, across the wire", async () => {
  const spec = JobSpec.fromPartial({
    ...{ camera: { preset: "loop" }, clip: { width: 1, durationSeconds: 1e9 } },
    outputs: [{}, { crf: 99 }],
  });
  const labels = { photo: "two\nlines" };
  const attempt = fixture.client.createJob(spec, { photo: upload(await photo(0)) }, "", { labels });
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof DepthmeshError);
    assert.deepEqual(
      error.violations.map(({ field, reason }) => `${field} ${reason}`),
      [
        'labels["photo"] PARAMETER_OUT_OF_RANGE',
        "clip.duration_seconds PARAMETER_OUT_OF_RANGE",
        "clip.width PARAMETER_OUT_OF_RANGE",
        "outputs[1].crf PARAMETER_OUT_OF_RANGE",
        "camera.preset PRESET_UNKNOWN",
      ],
    );
    assert.match(error.message, /\(and 4 more problems\)$/);
    assert.ok(error.violations.every(({ description }) => description.length > 10));
    return true;
  });
});

test("an estimate is unknown until jobs have ended, and then like what they took", async () => {
  const before = await estimate();
  assert.deepEqual([before.secondsP50, before.bytesP50, before.samples], [undefined, undefined, 0]);
  assert.equal(before.plan?.frames, 12);
  const ended: Job[] = [];
  for (const number of [1, 2, 3, 4]) {
    ended.push(await untilEnded(fixture.client, (await create(number)).name));
  }
  assert.ok(ended.every(({ state }) => state === JobState.JOB_STATE_SUCCEEDED));
  const took = ended.map(({ createTime, updateTime }) => Number(updateTime) - Number(createTime));
  const sizes = ended.map(({ artifacts }) => artifacts[0]?.sizeBytes ?? 0);
  const known = await eventually("four jobs are learnt from", learnt);
  const p50 = 1000 * (known.secondsP50 ?? Number.NaN);
  const p90 = 1000 * (known.secondsP90 ?? Number.NaN);
  assert.ok(p50 > 0.3 * Math.min(...took) && p50 <= Math.max(...took), `${p50} of ${took}`);
  assert.ok(p90 >= p50 && p90 <= 1.5 * Math.max(...took), `${p90} of ${took}`);
  const bytes = known.bytesP50 ?? Number.NaN;
  assert.ok(bytes >= Math.min(...sizes) && bytes <= Math.max(...sizes), `${bytes} of ${sizes}`);
});

test("a job that waits is told its place and its end, also by a gateway that restarts", async () => {
  // It keeps the renderer busy, so that the others wait for it.
  const clip = { ...longSpec().clip, durationSeconds: 30, width: 1920, height: 1080 };
  const busy = await create(5, { ...longSpec(), ...JobSpec.fromPartial({ clip }) });
  await untilProgress(fixture.client, busy.name, "render", 0.01);
  const jobs: Job[] = [];
  for (const number of [6, 7, 8]) jobs.push(await create(number));
  const waiting = async () => {
    const now = await Promise.all(jobs.map(({ name }) => fixture.client.getJob(name)));
    const places = now.map(({ progress }) => progress?.queuePosition);
    return now.every(({ progress }) => progress?.depth === 1) && String(places) === "0,1,2" && now;
  };
  await eventually("the jobs wait for the renderer, one after another", waiting);
  const gateway = pidOf(fixture.mesh, "gateway");
  process.kill(gateway, "SIGKILL");
  await eventually("another gateway serves", async () => {
    const [child] = fixture.mesh.children("gateway");
    return child && child.pid !== gateway && (await succeeds(estimate()));
  });
  const again = await eventually("the other gateway knows their places", () =>
    waiting().catch(() => undefined),
  );
  await eventually("the other gateway has learnt from the records", learnt);
  const { name = "" } = again[2] ?? {};
  const { estimatedEndTime } = (await fixture.client.getJob(name)).progress ?? {};
  assert.ok(estimatedEndTime && estimatedEndTime.getTime() > Date.now());
  const listed = await fixture.client.listJobs(1, "");
  assert.deepEqual([listed.jobs[0]?.name, listed.jobs[0]?.progress?.queuePosition], [name, 2]);
  const told: JobProgress[] = [];
  for await (const { kind } of fixture.client.watchJob(name)) {
    if (kind?.$case !== "progress") continue;
    // The first place that is told: from here on the queue moves.
    if (told.length === 0) await fixture.client.cancelJob(busy.name);
    told.push(kind.value);
  }
  assert.equal(told[0]?.queuePosition, 2);
  assert.ok(told.some(({ queuePosition }) => queuePosition === undefined));
  assert.ok(told.filter(({ estimatedEndTime: end }) => end).length >= 2, "the end is told");
  const { progress } = await fixture.client.getJob(name);
  assert.deepEqual([progress?.estimatedEndTime, progress?.queuePosition], [undefined, undefined]);
});

test("a retry has the labels of its job", async () => {
  const spec = JobSpec.fromPartial({ artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH] });
  const labels = { photo: "a.png", batch: "7" };
  const files = { photo: upload(await photo(9)) };
  const { name } = await fixture.client.createJob(spec, files, "", { labels });
  await untilEnded(fixture.client, name);
  const retry = await fixture.client.retryJob(name, JobStage.JOB_STAGE_DEPTH);
  assert.deepEqual(retry.labels, labels);
});

/** A job that makes its depth map only. */
const MAP = { artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH] };

async function uploaded(number: number): Promise<string> {
  const path = join(fixture.folder, `photo-${number}.png`);
  await writeFile(path, await photo(number));
  return (await uploadFile(fixture.client, path)).name;
}

const namesOf = (results: readonly BatchCreateJobsResult[]) =>
  results.map(({ kind }) => (kind?.$case === "job" ? kind.value.name : "refused"));

const isConflict = { reason: "IDEMPOTENCY_CONFLICT" };

test("of a batch each job has its own result, and a bad one keeps no other", async () => {
  const { client } = fixture;
  const photoUpload = await uploaded(10);
  const good = { spec: MAP, photoUpload, labels: { row: "1" } };
  const results = await client.batchCreateJobs([
    good,
    { ...good, spec: { ...MAP, camera: { preset: "loop" }, clip: { width: 1 } } },
    { spec: MAP },
    { ...good, requestId: "own", validateOnly: true },
    { ...good, photoUpload: "uploads/00000000000000000000000000" },
    { ...good, labels: { row: "6" } },
  ]);
  const told = results.map(({ kind }) => {
    if (kind?.$case !== "error") return kind?.value.labels;
    const error = fromRpcStatus(kind.value);
    return [error?.reason, ...(error?.violations ?? []).map(({ field }) => field)];
  });
  assert.deepEqual(told, [
    { row: "1" },
    ["PARAMETER_OUT_OF_RANGE", "clip.width", "camera.preset"],
    ["PARAMETER_CONFLICT", "photo_upload"],
    ["PARAMETER_CONFLICT", "request_id", "validate_only"],
    ["UPLOAD_NOT_FOUND", "photo_upload"],
    { row: "6" },
  ]);
  const [first, , , , , last] = namesOf(results);
  assert.notEqual(first, last, "two equal jobs of a batch are two jobs");
  const { artifacts } = await untilEnded(client, first ?? "");
  assert.equal(artifacts.length, 1);
  for (const count of [0, 101]) {
    await assert.rejects(client.batchCreateJobs(Array(count).fill(good)), {
      ...{ reason: "PARAMETER_OUT_OF_RANGE" },
    });
  }
});

test("a batch that a killed gateway has left half done gives the same jobs when it is repeated", async () => {
  const { client } = fixture;
  const uploads = [await uploaded(11), await uploaded(12)];
  const jobs = Array.from({ length: 12 }, (_, i) => ({
    spec: { ...MAP, seed: i },
    photoUpload: uploads[i % 2] ?? "",
  }));
  await failpoints.killAt("after-record-before-publish", { after: 5 });
  const known = (await client.listJobs(1000, "")).jobs.length;
  assert.equal(await succeeds(client.batchCreateJobs(jobs, "nightly")), false, "it was killed");
  assert.deepEqual(await failpoints.unreached(), []);
  await eventually("another gateway serves", () => succeeds(estimate()));
  const left = (await client.listJobs(1000, "")).jobs.length - known;
  assert.ok(left >= 6 && left < 12, `${left} of 12 were made`);
  const names = namesOf(await client.batchCreateJobs(jobs, "nightly"));
  assert.equal(new Set(names).size, 12);
  assert.ok(!names.includes("refused"));
  assert.equal((await client.listJobs(1000, "")).jobs.length, known + 12, "none was made twice");
  // The uploads are gone: what was made is found without them.
  for (const name of uploads) await client.call(UploadServiceService.abortUpload, { name });
  assert.deepEqual(namesOf(await client.batchCreateJobs(jobs, "nightly")), names);
  await assert.rejects(client.batchCreateJobs(jobs.slice(1), "nightly"), isConflict);
  const [head, ...tail] = jobs;
  const changed = [{ ...head, spec: { ...MAP, seed: 99 } }, ...tail];
  await assert.rejects(client.batchCreateJobs(changed, "nightly"), isConflict);
  for (const name of names) await untilEnded(client, name);
});
