/**
 * RetryJob and deadlines in a real mesh: what a retry reuses, what is refused, and interrupted
 * calls.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { stateName } from "../cli/print.js";
import { fromRpcStatus } from "../kit/rpc/status.js";
import { withRetry } from "../pipeline/record/retry.js";
import { updateRecord } from "../pipeline/record/store.js";
import { type Job, JobStage, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { eventually, succeeds } from "../testing/eventually.js";
import {
  connectToMesh,
  type Fixture,
  longSpec,
  type MeshBus,
  SAMPLE,
  smallSpec,
  startFixture,
  unmakeClaim,
  untilEnded,
  untilProgress,
} from "../testing/mesh/fixture.js";
import { refusal } from "../testing/refusal.js";

const { JOB_STAGE_UNSPECIFIED, JOB_STAGE_DEPTH, JOB_STAGE_RENDER, JOB_STAGE_ENCODE } = JobStage;

const DEPTH = ArtifactKind.ARTIFACT_KIND_DEPTH;

let fixture: Fixture;
let meshBus: MeshBus;
let done: Job;
before(async () => {
  fixture = await startFixture();
  meshBus = await connectToMesh(fixture.mesh);
  done = await convert(smallSpec());
});
after(async () => {
  await meshBus?.bus.close();
  await fixture?.close();
});

async function convert(spec: JobSpec): Promise<Job> {
  const { name } = await fixture.client.createJobFromFiles(spec, { photo: SAMPLE });
  return untilEnded(fixture.client, name);
}

/** The states that a job went through. */
async function statesOf(name: string): Promise<string[]> {
  const states: string[] = [];
  for await (const { kind } of fixture.client.watchJob(name)) {
    if (kind?.$case === "stateChange") states.push(stateName(kind.value.state));
  }
  return states;
}

test("a job that was cancelled in render is continued from there by a new job", async () => {
  const { client } = fixture;
  const spec = longSpec();
  if (spec.clip) spec.clip.durationSeconds = 3;
  const { name } = await client.createJobFromFiles(spec, { photo: SAMPLE });
  await untilProgress(client, name, "encode", 0.01);
  const running = await refusal(client.retryJob(name, JOB_STAGE_UNSPECIFIED));
  assert.equal(running.reason, "JOB_NOT_READY");
  const read = (file: string) => refusal(client.readArtifact(`${name}/artifacts/${file}`));
  assert.equal((await read("video.mp4")).reason, "JOB_NOT_READY");
  assert.equal((await read("fragments.mp4")).reason, "JOB_NOT_READY");
  assert.equal((await read("video.mp4/artifacts/x")).reason, "ARTIFACT_NOT_FOUND");
  const other = await read("video.gif");
  assert.deepEqual([other.reason, other.metadata.known], ["ARTIFACT_NOT_FOUND", "video.mp4"]);
  const { reason, metadata } = await refusal(client.watchJob(name, -1).next());
  assert.deepEqual([reason, metadata.field], ["PARAMETER_OUT_OF_RANGE", "after_event"]);
  await client.cancelJob(name);
  const next = await client.retryJob(name, JOB_STAGE_UNSPECIFIED);
  assert.deepEqual([next.retryOf, next.state], [name, JobState.JOB_STATE_QUEUED]);
  assert.equal(next.progress?.depth, 1);
  assert.ok(next.depth, "the new job has the depth map");
  assert.deepEqual(await statesOf(next.name), ["QUEUED", "RENDER", "ENCODE", "SUCCEEDED"]);
  const ended = await client.getJob(next.name);
  assert.equal(ended.artifacts[0]?.frames, 90);
  const old = await client.getJob(name);
  assert.equal(old.state, JobState.JOB_STATE_CANCELLED);
  assert.deepEqual(old.retriedAs, [next.name]);
});

test("a job that succeeded is repeated from the stage that the request names", async () => {
  const { client } = fixture;
  const unspecified = await refusal(client.retryJob(done.name, JOB_STAGE_UNSPECIFIED));
  assert.equal(unspecified.reason, "PARAMETER_CONFLICT");
  assert.equal(unspecified.metadata.known, "depth render encode");
  const encoded = await client.retryJob(done.name, JOB_STAGE_ENCODE);
  assert.deepEqual(encoded.artifacts, []);
  const again = await client.retryJob(done.name, JOB_STAGE_DEPTH);
  const states = [await statesOf(encoded.name), await statesOf(again.name)];
  assert.deepEqual(states, [
    ["QUEUED", "RENDER", "ENCODE", "SUCCEEDED"],
    ["QUEUED", "DEPTH", "RENDER", "ENCODE", "SUCCEEDED"],
  ]);
  const files = (await client.getJob(encoded.name)).artifacts.map(({ frames }) => frames);
  assert.deepEqual(files, [12]);
});

test("a stage that the job does not have is refused, and the error names those that it has", async () => {
  const map = await convert(JobSpec.fromPartial({ artifacts: [DEPTH] }));
  const error = await refusal(fixture.client.retryJob(map.name, JOB_STAGE_RENDER));
  assert.equal(error.reason, "PARAMETER_CONFLICT");
  assert.deepEqual([error.metadata.actual, error.metadata.known], ["render", "depth"]);
});

test("concurrent identical calls create one job, and a different call with their id is refused", async () => {
  const { client } = fixture;
  const calls = Array.from({ length: 20 }, () =>
    client.retryJob(done.name, JOB_STAGE_RENDER, "retry-once"),
  );
  const names = new Set((await Promise.all(calls)).map(({ name }) => name));
  assert.equal(names.size, 1);
  const [name = ""] = names;
  assert.equal((await untilEnded(client, name)).state, JobState.JOB_STATE_SUCCEEDED);
  assert.equal((await client.getJob(done.name)).retriedAs.filter((n) => n === name).length, 1);
  const other = await refusal(client.retryJob(done.name, JOB_STAGE_DEPTH, "retry-once"));
  assert.equal(other.reason, "IDEMPOTENCY_CONFLICT");
});

test("a call that was interrupted before it created the job is finished by the next", async () => {
  const { client } = fixture;
  await client.cancelJob((await client.retryJob(done.name, JOB_STAGE_RENDER, "cut-off")).name);
  const job = await unmakeClaim(meshBus, "cut-off");
  const doneId = done.name.slice("jobs/".length);
  await updateRecord(meshBus.store, doneId, (current) => withRetry(current, job));
  const again = await client.retryJob(done.name, JOB_STAGE_RENDER, "cut-off");
  assert.equal(again.name, `jobs/${job}`);
  assert.equal((await untilEnded(client, again.name)).state, JobState.JOB_STATE_SUCCEEDED);
});

test("a deadline ends a job, and its retry has none", async () => {
  const { client } = fixture;
  const deadline = new Date(Date.now() + 1_500);
  const spec = { ...longSpec(), deadline };
  if (spec.clip) spec.clip.durationSeconds = 30;
  const job = await convert(spec);
  assert.equal(job.state, JobState.JOB_STATE_FAILED);
  const error = job.error && fromRpcStatus(job.error);
  assert.equal(error?.reason, "JOB_DEADLINE_EXCEEDED");
  assert.equal(error?.metadata.deadline, deadline.toISOString());
  assert.equal(job.spec?.deadline?.getTime(), deadline.getTime());
  const next = await client.retryJob(job.name, JOB_STAGE_UNSPECIFIED);
  assert.equal(next.spec?.deadline, undefined);
  await client.cancelJob(next.name);
});

test("a job whose deadline passes in the queue expires, and its watch reports the error", async () => {
  const { client, mesh } = fixture;
  const [depth] = mesh.children("depth");
  assert.ok(depth?.pid);
  process.kill(depth.pid, "SIGSTOP");
  const deadline = new Date(Date.now() + 400);
  const spec = { ...smallSpec(), deadline };
  const { name } = await client.createJobFromFiles(spec, { photo: SAMPLE });
  await new Promise((passed) => setTimeout(passed, deadline.getTime() - Date.now()));
  process.kill(depth.pid, "SIGCONT");
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_EXPIRED);
  assert.equal(job.error && fromRpcStatus(job.error)?.reason, "JOB_DEADLINE_EXCEEDED");
  const reasons: (string | undefined)[] = [];
  for await (const { kind } of client.watchJob(name)) {
    const error = kind?.$case === "stateChange" ? kind.value.error : undefined;
    if (error) reasons.push(fromRpcStatus(error)?.reason);
  }
  assert.deepEqual(reasons, ["JOB_DEADLINE_EXCEEDED"]);
});

test("a deadline that has passed is refused, and the error states it", async () => {
  const deadline = new Date(Date.now() - 1_000);
  const spec = { ...smallSpec(), deadline };
  const error = await refusal(fixture.client.createJobFromFiles(spec, { photo: SAMPLE }));
  assert.equal(error.reason, "PARAMETER_OUT_OF_RANGE");
  assert.equal(error.metadata.actual, deadline.toISOString());
  assert.ok(error.metadata.limit_minimum);
});

test("a retry whose job was deleted does not create another job", async () => {
  const { client } = fixture;
  const ask = () => client.retryJob(done.name, JOB_STAGE_RENDER, "deleted");
  const { name } = await ask();
  assert.equal((await ask()).name, name);
  await client.cancelJob(name);
  await eventually("the job is published and deleted", () => succeeds(client.deleteJob(name)));
  assert.equal((await refusal(ask())).reason, "JOB_NOT_FOUND");
  assert.equal((await refusal(client.getJob(name))).reason, "JOB_NOT_FOUND");
});

test("a retry makes lost files of depth again; a job whose photo is lost cannot be retried", async () => {
  const { client, mesh } = fixture;
  const job = await convert(
    JobSpec.fromPartial({ ...smallSpec("still"), outputs: [{}], artifacts: [DEPTH] }),
  );
  const map = job.artifacts.find(({ name }) => name.endsWith("depth.png"));
  assert.ok(map);
  const blob = (sha256: string) => join(mesh.data, "blobs", sha256.slice(0, 2), sha256);
  await rm(blob(map.sha256));
  const again = await client.retryJob(job.name, JOB_STAGE_RENDER);
  const made = await untilEnded(client, again.name);
  assert.equal(made.state, JobState.JOB_STATE_SUCCEEDED);
  assert.ok(made.artifacts.some(({ sha256 }) => sha256 === map.sha256));
  const { retriedAs } = await client.getJob(job.name);
  await rm(
    blob(
      createHash("sha256")
        .update(await readFile(SAMPLE))
        .digest("hex"),
    ),
  );
  const error = await refusal(client.retryJob(job.name, JOB_STAGE_RENDER));
  assert.equal(error.reason, "BLOB_NOT_FOUND");
  assert.equal(error.metadata.missing, "photo");
  const after = await client.getJob(job.name);
  assert.deepEqual(after.retriedAs, retriedAs, "the ended job names no further retry");
});
