/**
 * Stored files that the disk has damaged, in a real mesh: nobody gets them as sound, and what can
 * be made again is made again.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { depthOutputOf } from "../core/spec/stage-output.js";
import { collect } from "../kit/rpc/chunks.js";
import { fromRpcStatus } from "../kit/rpc/status.js";
import { type Job, JobStage, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { CachePolicy, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import {
  connectToMesh,
  type Fixture,
  type MeshBus,
  pidOf,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
  untilProgress,
} from "../testing/mesh/fixture.js";

let fixture: Fixture;
let meshBus: MeshBus;
before(async () => {
  fixture = await startFixture({ environment: { DEPTHMESH_MAINTENANCE_MS: "200" } });
  meshBus = await connectToMesh(fixture.mesh);
});
after(async () => {
  await meshBus?.bus.close();
  await fixture?.close();
});

const SPEC = JobSpec.fromPartial({
  ...smallSpec(),
  model: "depthmesh-tiny",
  cachePolicy: CachePolicy.CACHE_POLICY_USE,
});
const submit = (spec = SPEC) => fixture.client.createJobFromFiles(spec, { photo: SAMPLE });

async function recordOf({ name }: Pick<Job, "name">) {
  const found = await meshBus.store.read(name.slice("jobs/".length));
  return found?.record ?? assert.fail("no record");
}

/** Changes a blob's file as a failing disk does. */
async function damage(sha256: string, change: (bytes: Buffer) => Uint8Array): Promise<void> {
  const path = join(fixture.mesh.data, "blobs", sha256.slice(0, 2), sha256);
  await writeFile(path, change(await readFile(path)));
}
const flipBit = (bytes: Buffer) =>
  Uint8Array.from(bytes, (byte, i) => (i === 999 ? byte ^ 4 : byte));

async function videoOf(job: Job): Promise<Uint8Array> {
  const name = job.artifacts.find(({ mediaType }) => mediaType === "video/mp4")?.name;
  const { chunks } = await fixture.client.readArtifact(name ?? assert.fail("no video"));
  return collect(chunks);
}

function hasHash(bytes: Uint8Array, job: Job): boolean {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return job.artifacts.some((artifact) => artifact.sha256 === sha256);
}

test("a cut video is refused, and an equal request makes it again and does not reuse it", async () => {
  const first = await untilEnded(fixture.client, (await submit()).name);
  const { sha256 } = first.artifacts[0] ?? assert.fail("no artifact");
  assert.ok(hasHash(await videoOf(first), first));
  await damage(sha256, (bytes) => bytes.subarray(0, 1_000));
  const equal = await untilEnded(fixture.client, (await submit()).name);
  assert.deepEqual([equal.state, equal.cacheHit], [JobState.JOB_STATE_SUCCEEDED, false]);
  assert.ok(hasHash(await videoOf(equal), equal));
  const reused = await untilEnded(fixture.client, (await submit()).name);
  assert.equal(reused.cacheHit, true, "the video that was made again is reused");
  // Now a reader is the first to find the damage.
  for (const job of [equal, reused]) {
    for (const { sha256: video } of job.artifacts) await damage(video, flipBit).catch(() => {});
    const metadata = { artifact: "video.mp4" };
    await assert.rejects(videoOf(job), { reason: "BLOB_CORRUPT", metadata });
  }
});

test("a depth map that was damaged before it is reused is made again", async () => {
  const first = await untilEnded(fixture.client, (await submit()).name);
  const { photo } = depthOutputOf((await recordOf(first)).stages.depth.output);
  await damage(photo.sha256, flipBit);
  const clip = { ...SPEC.clip, durationSeconds: 0.5 };
  const spec = JobSpec.fromPartial({ ...SPEC, clip });
  const second = await untilEnded(fixture.client, (await submit(spec)).name);
  assert.equal(second.state, JobState.JOB_STATE_SUCCEEDED);
  const output = depthOutputOf((await recordOf(second)).stages.depth.output);
  assert.deepEqual([output.cacheHit, output.photo.sha256], [false, photo.sha256]);
});

test("a file of depth that is damaged before render reads it has depth done again", async () => {
  const spec = JobSpec.fromPartial({ ...SPEC, camera: { preset: "dolly" } });
  const render = pidOf(fixture.mesh, "render");
  process.kill(render, "SIGSTOP");
  let name: string;
  try {
    ({ name } = await submit(spec));
    await untilProgress(fixture.client, name, "depth", 1);
    const { disparity } = depthOutputOf((await recordOf({ name })).stages.depth.output);
    await damage(disparity.sha256, () => Buffer.of());
  } finally {
    process.kill(render, "SIGCONT");
  }
  const job = await untilEnded(fixture.client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED);
  const { stages, history } = await recordOf(job);
  assert.equal(stages.depth.remakes, 1);
  assert.ok(history.some(({ reason }) => reason === "BLOB_CORRUPT"));
});

test("a damaged photo ends its job with the reason, and a retry of a job begins where its files are sound", async () => {
  const depth = pidOf(fixture.mesh, "depth");
  process.kill(depth, "SIGSTOP");
  let name: string;
  try {
    ({ name } = await submit(JobSpec.fromPartial({ ...SPEC, camera: { preset: "arc" } })));
    await damage((await recordOf({ name })).photoBlob, (bytes) => bytes.subarray(0, 5_000));
  } finally {
    process.kill(depth, "SIGCONT");
  }
  const failed = await untilEnded(fixture.client, name);
  const error = failed.error && fromRpcStatus(failed.error);
  assert.equal(error?.reason, "BLOB_CORRUPT");
  // The same photo again is a sound file.
  const sound = await untilEnded(fixture.client, (await submit()).name);
  const { thumbnail } = depthOutputOf((await recordOf(sound)).stages.depth.output);
  await damage(thumbnail.sha256, flipBit);
  const retry = await fixture.client.retryJob(sound.name, JobStage.JOB_STAGE_RENDER);
  const retried = await untilEnded(fixture.client, retry.name);
  assert.equal(retried.state, JobState.JOB_STATE_SUCCEEDED);
});
