/**
 * Requests with the same request id create one job: concurrently, later, and after processes were
 * killed.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { credentials } from "@grpc/grpc-js";
import sharp from "sharp";
import { DepthmeshError } from "../core/errors.js";
import { pause } from "../kit/async/delay.js";
import { callClientStream } from "../kit/rpc/client.js";
import { updateRecord } from "../pipeline/record/store.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { type CreateJobRequest, JobServiceClient } from "../proto/gen/depthmesh/v1/job_service.js";
import { ArtifactKind, JobSpec, Priority } from "../proto/gen/depthmesh/v1/spec.js";
import { eventually, succeeds } from "../testing/eventually.js";
import {
  connectToMesh,
  type Fixture,
  smallSpec,
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
  const header = {
    spec: mapSpec(),
    requestId: "checked",
    validateOnly: true,
    labels: {},
    webhooks: [],
  };
  await callClientStream<CreateJobRequest, Job>(
    (metadata, callback) => client.createJob(metadata, callback),
    [{ kind: { $case: "header", value: header } }, { kind: { $case: "chunk", value: photo } }],
  );
  client.close();
  await send("checked", other);
});

test("a repeated request may have another priority, cache policy and labels", async () => {
  const { name } = await send("same result");
  const spec = { ...mapSpec(), priority: Priority.PRIORITY_LOW, cachePolicy: 2 as const };
  const labels = { photo: "a.png" };
  const files = { photo: upload(photo) };
  const again = await fixture.client.createJob(spec, files, "same result", { labels });
  assert.equal(again.name, name);
  assert.deepEqual(again.labels, {}, "the first request has made the job");
});

test("a job that a version with other defaults has made is found, and shown as it was made", async () => {
  const { name } = await send("upgraded");
  const later = await send("", photo, { ...mapSpec(), seed: 41 });
  const { bus, store } = await connectToMesh(fixture.mesh);
  const idOf = (job: string) => job.slice("jobs/".length);
  // As if the version that made the job had another default.
  const { record } = (await store.read(idOf(later.name))) ?? assert.fail();
  const { specBlob } = record;
  await updateRecord(store, idOf(name), (current) => ({ ...current, specBlob }));
  const again = await send("upgraded");
  assert.deepEqual([again.name, again.spec?.seed], [name, 41]);
  await assertConflict(send("upgraded", await plain("#777")));
  await bus.close();
});

test("a request id is at most 128 printable ASCII characters", async () => {
  await send("~ !".padEnd(128, "x"));
  for (const requestId of ["x".repeat(129), "ü", "two\nlines", "\0"]) {
    await assert.rejects(send(requestId), {
      ...{ name: "DepthmeshError", reason: "PARAMETER_OUT_OF_RANGE" },
    });
  }
});

/** A job that waits for a render worker, of which there is none. */
const waitingSpec = (seed: number) => JobSpec.fromPartial({ ...smallSpec(), seed });

/** A Convert call that has got its job. */
async function convertOf(requestId: string, spec: JobSpec) {
  const left = new AbortController();
  const files = { photo: upload(photo) };
  const responses = fixture.client.convert(spec, files, left.signal, requestId);
  const { value } = await responses.next();
  assert.equal(value?.kind?.$case, "job");
  const leave = async () => {
    left.abort();
    await responses.next().catch(() => {});
  };
  return { name: (value.kind.value as Job).name, leave };
}

const isCancelled = async (name: string) =>
  (await fixture.client.getJob(name)).state === JobState.JOB_STATE_CANCELLED;

/** The gateway has ended the calls that were left before, because it ends them in order. */
async function untilLeft(): Promise<void> {
  const { name, leave } = await convertOf(randomUUID(), waitingSpec(0));
  await leave();
  await eventually("the last call has left its job", () => isCancelled(name));
}

test("a Convert that broke and is repeated gets a fresh job", async () => {
  const first = await convertOf("broken", waitingSpec(1));
  await first.leave();
  await eventually("its job is cancelled", () => isCancelled(first.name));
  const [second, third] = await Promise.all([
    convertOf("broken", waitingSpec(1)),
    convertOf("broken", waitingSpec(1)),
  ]);
  assert.notEqual(second.name, first.name);
  assert.equal(third.name, second.name, "two repeats get one job");
  await second.leave();
  await untilLeft();
  assert.equal(await isCancelled(second.name), false, "the third call waits for it");
  await third.leave();
  await eventually("nobody waits for it", () => isCancelled(second.name));
  const created = await send("broken", photo, waitingSpec(1));
  assert.notEqual(created.name, second.name, "CreateJob gets a fresh job too");
  await fixture.client.cancelJob(created.name);
  assert.equal((await send("broken", photo, waitingSpec(1))).name, created.name);
});

test("a Convert that joins the job of CreateJob, or is joined by it, never ends it", async () => {
  const created = await send("joined", photo, waitingSpec(2));
  const joining = await convertOf("joined", waitingSpec(2));
  const made = await convertOf("taken over", waitingSpec(3));
  const taken = await send("taken over", photo, waitingSpec(3));
  assert.deepEqual([joining.name, taken.name], [created.name, made.name]);
  await joining.leave();
  await made.leave();
  await untilLeft();
  for (const { name } of [created, taken]) {
    assert.equal(await isCancelled(name), false);
    await fixture.client.cancelJob(name);
  }
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
