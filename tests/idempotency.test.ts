/**
 * Requests with the same request id create one job: concurrently, later, and after processes were
 * killed.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { credentials } from "@grpc/grpc-js";
import sharp from "sharp";
import { DepthmeshError } from "../core/errors.js";
import { pause } from "../kit/async/delay.js";
import { callClientStream } from "../kit/rpc/client.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { type CreateJobRequest, JobServiceClient } from "../proto/gen/depthmesh/v1/job_service.js";
import { ArtifactKind, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { eventually, succeeds } from "../testing/eventually.js";
import {
  connectToMesh,
  type Fixture,
  startFixture,
  unmakeClaim,
  untilEnded,
  upload,
} from "../testing/mesh/fixture.js";

let fixture: Fixture;
let photo: Buffer;
let other: Buffer;
before(async () => {
  // Room for all of a hundred concurrent requests.
  fixture = await startFixture({
    render: 0,
    encode: 0,
    environment: { DEPTHMESH_MAX_UPLOADS: "128" },
  });
  photo = await plain("#345");
  other = await plain("#543");
});
after(() => fixture?.close());

function plain(background: string): Promise<Buffer> {
  return sharp({ create: { width: 64, height: 48, channels: 3, background } })
    .png()
    .toBuffer();
}

/** A job that makes its depth map only: it is quick and needs no other stage. */
const mapSpec = (deadline?: Date) =>
  JobSpec.fromPartial({ artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH], deadline });

const send = (requestId: string, bytes = photo, spec = mapSpec()) =>
  fixture.client.createJob(spec, { photo: upload(bytes) }, requestId);

async function assertConflict(attempt: Promise<unknown>): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof DepthmeshError);
    assert.equal(error.reason, "IDEMPOTENCY_CONFLICT");
    return true;
  });
}

async function jobCount(): Promise<number> {
  return (await fixture.client.listJobs(1000, "")).jobs.length;
}

/**
 * Repeats a call, as clients may, while part of the mesh restarts or NATS is too slow for all
 * calls.
 */
async function answered(ask: () => Promise<Job>): Promise<Job> {
  for (const untilMs = Date.now() + 60_000; ; ) {
    try {
      return await ask();
    } catch (error) {
      const isRefused = error instanceof DepthmeshError && error.reason === "IDEMPOTENCY_CONFLICT";
      if (isRefused || Date.now() > untilMs) throw error;
      await pause(100);
    }
  }
}

test("a hundred concurrent identical requests create one job", async () => {
  const before = await jobCount();
  const jobs = await Promise.all(
    Array.from({ length: 100 }, () => answered(() => send("hundred"))),
  );
  assert.equal(new Set(jobs.map(({ name }) => name)).size, 1);
  assert.equal((await jobCount()) - before, 1);
  const job = await untilEnded(fixture.client, jobs[0]?.name ?? "");
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED);
});

test("of a hundred concurrent different requests with the same id, one is accepted", async () => {
  const before = await jobCount();
  const attempts = Array.from({ length: 100 }, (_, i) =>
    answered(() => send("different", photo, JobSpec.fromPartial({ ...mapSpec(), seed: i }))).then(
      ({ name }) => name,
      (error) => (error as DepthmeshError).reason,
    ),
  );
  const answers = await Promise.all(attempts);
  assert.equal(answers.filter((answer) => answer === "IDEMPOTENCY_CONFLICT").length, 99);
  assert.equal((await jobCount()) - before, 1);
});

test("a request with another photo, spec or deadline is another request", async () => {
  const at = (ms: number) => new Date(Date.now() + ms);
  const deadline = at(60_000);
  const { name } = await send("parts", photo, mapSpec(deadline));
  assert.equal((await send("parts", photo, mapSpec(deadline))).name, name);
  await assertConflict(send("parts", other, mapSpec(deadline)));
  await assertConflict(send("parts", photo, mapSpec(at(70_000))));
  await assertConflict(send("parts", photo, mapSpec()));
  await assertConflict(
    send("parts", photo, JobSpec.fromPartial({ ...mapSpec(deadline), seed: 1 })),
  );
});

test("a repeated request whose deadline has passed since returns the job that was created in time", async () => {
  const deadline = new Date(Date.now() + 1_500);
  const { name } = await send("in-time", photo, mapSpec(deadline));
  await untilEnded(fixture.client, name);
  await new Promise((passed) => setTimeout(passed, deadline.getTime() - Date.now()));
  assert.equal((await send("in-time", photo, mapSpec(deadline))).name, name);
});

test("a request whose job was deleted does not create another job", async () => {
  const { name } = await send("deleted");
  await untilEnded(fixture.client, name);
  await eventually("the job is published and deleted", () =>
    succeeds(fixture.client.deleteJob(name)),
  );
  const before = await jobCount();
  await assert.rejects(send("deleted"), {
    reason: "JOB_NOT_FOUND",
    metadata: { job: name.slice("jobs/".length), state: "SUCCEEDED" },
  });
  assert.equal(await jobCount(), before);
});

test("a request with validate_only does not use up its id", async () => {
  const client = new JobServiceClient(fixture.mesh.address, credentials.createInsecure());
  const header = { spec: mapSpec(), requestId: "checked", validateOnly: true, labels: {} };
  await callClientStream<CreateJobRequest, Job>(
    (metadata, callback) => client.createJob(metadata, callback),
    [{ kind: { $case: "header", value: header } }, { kind: { $case: "chunk", value: photo } }],
  );
  client.close();
  await send("checked", other);
});

test("a request that was interrupted between claim and record succeeds when it is repeated", async () => {
  await untilEnded(fixture.client, (await send("cut-off")).name);
  const meshBus = await connectToMesh(fixture.mesh);
  const job = await unmakeClaim(meshBus, "cut-off");
  await meshBus.bus.close();
  const again = await send("cut-off");
  assert.equal(again.name, `jobs/${job}`);
  assert.equal((await untilEnded(fixture.client, again.name)).state, JobState.JOB_STATE_SUCCEEDED);
});

test("request ids survive a killed gateway", async () => {
  const { name } = await send("gateway");
  const pid = fixture.mesh.children("gateway")[0]?.pid;
  assert.ok(pid);
  process.kill(pid, "SIGKILL");
  assert.equal((await answered(() => send("gateway"))).name, name);
  await assertConflict(send("gateway", other));
});

test("request ids survive a killed nats-server that restarts from its store", async () => {
  const { name } = await send("nats");
  const { pid } = fixture.mesh.nats;
  assert.ok(pid);
  process.kill(pid, "SIGKILL");
  assert.equal((await answered(() => send("nats"))).name, name);
  await assertConflict(send("nats", other));
  const ask = () => answered(() => send("after"));
  const jobs = await Promise.all(Array.from({ length: 100 }, ask));
  assert.equal(new Set(jobs.map((job) => job.name)).size, 1);
});
