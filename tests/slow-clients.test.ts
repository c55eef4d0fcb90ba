/**
 * Clients that do not read or hardly send: a follower costs the gateway a bounded memory, because
 * what an encode worker has for it waits in the worker's file, and a slow upload keeps nobody out.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { DepthmeshError } from "../core/errors.js";
import { pause } from "../kit/async/delay.js";
import { callClientStream, meshClient } from "../kit/rpc/client.js";
import type { Job } from "../proto/gen/depthmesh/v1/job.js";
import { type CreateJobRequest, JobServiceClient } from "../proto/gen/depthmesh/v1/job_service.js";
import { ResultServiceClient } from "../proto/gen/depthmesh/v1/result_service.js";
import { eventually } from "../testing/eventually.js";
import {
  connectToMesh,
  type Fixture,
  type MeshBus,
  pidOf,
  SAMPLE,
  smallSpec,
  startFixture,
} from "../testing/mesh/fixture.js";
import { followedFragments } from "../testing/mesh/followed-fragments.js";
import { residentMib } from "../testing/process-facts.js";

const FOLLOWERS = 50;
const VIDEO_BYTES = 64 * 1024 * 1024;
/** The window of HTTP/2, the messages that grpc-js reads ahead, and the sockets in between. */
const BOUND_BYTES = 1024 * 1024;
/** With the connection to the encode worker, and what the garbage collector has not freed yet. */
const BOUND_MIB = 2;

/** Places for uploads, and the time in which an upload must send 8 KiB. */
const PLACES = 4;
const WINDOW_MS = 1_000;

let fixture: Fixture;
let mesh: MeshBus;

before(async () => {
  const environment = {
    DEPTHMESH_MAX_UPLOADS: String(PLACES),
    DEPTHMESH_UPLOAD_WINDOW_MS: String(WINDOW_MS),
  };
  fixture = await startFixture({ depth: 0, render: 0, encode: 0, environment });
  mesh = await connectToMesh(fixture.mesh);
});
after(async () => {
  await mesh?.bus.close();
  await fixture?.close();
});

const resultClient = () =>
  meshClient(ResultServiceClient, fixture.mesh.address, { windowBytes: 64 * 1024 });

test("fifty followers that do not read cost at most 2 MiB each, and one that reads gets all", async () => {
  const { job, taken, close } = await followedFragments(mesh, VIDEO_BYTES);
  const gateway = pidOf(fixture.mesh, "gateway");
  const beforeMib = await residentMib(gateway);
  const client = resultClient();
  const name = `${job}/artifacts/fragments.mp4`;
  const request = { name, offset: 0, limit: 0, follow: true, attempt: "" };
  // A call that nobody has read yet is read into memory by grpc-js, one that pauses is not.
  const stalled = Array.from({ length: FOLLOWERS }, () => client.readArtifact(request));
  for (const call of stalled) {
    call.on("error", () => {});
    call.once("data", () => call.pause());
  }
  await eventually("every follower has begun", () => {
    return taken.length === FOLLOWERS && taken.every((bytes) => bytes > 0);
  });
  let last = -1;
  await eventually("nothing more is taken", async () => {
    const before = last;
    last = taken.reduce((sum, bytes) => sum + bytes, 0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return last === before;
  });
  const grownMib = (await residentMib(gateway)) - beforeMib;
  assert.ok(Math.max(...taken) <= BOUND_BYTES, `${Math.max(...taken)} bytes of one follower`);
  assert.ok(
    grownMib <= FOLLOWERS * BOUND_MIB,
    `${grownMib.toFixed()} MiB for ${FOLLOWERS} followers`,
  );

  // A connection of its own: the stalled ones have used up the window of theirs.
  const reader = resultClient();
  const reading = reader.readArtifact({ ...request, limit: VIDEO_BYTES });
  let bytes = 0;
  for await (const { kind } of reading) if (kind?.$case === "chunk") bytes += kind.value.length;
  assert.equal(bytes, VIDEO_BYTES);
  for (const call of stalled) call.cancel();
  client.close();
  reader.close();
  await close();
});

test("uploads that drip a byte now and then are ended, and an honest one gets its place", async () => {
  const client = meshClient(JobServiceClient, fixture.mesh.address);
  const ended = new AbortController();
  async function* drip(): AsyncGenerator<CreateJobRequest> {
    const header = {
      spec: smallSpec(),
      requestId: "",
      validateOnly: true,
      labels: {},
      webhooks: [],
    };
    yield { kind: { $case: "header", value: header } };
    while (!ended.signal.aborted) {
      await pause(WINDOW_MS / 10, ended.signal);
      yield { kind: { $case: "chunk", value: Buffer.of(0) } };
    }
  }
  const drips = Array.from({ length: 2 * PLACES }, () =>
    callClientStream<CreateJobRequest, Job>(
      (metadata, callback) => client.createJob(metadata, callback),
      drip(),
    ),
  );
  const outcomes = Promise.allSettled(drips);
  const beganAtMs = performance.now();
  const job = await fixture.client.createJobFromFiles(smallSpec(), { photo: SAMPLE });
  const waitedMs = performance.now() - beganAtMs;
  assert.ok(waitedMs < 20 * WINDOW_MS, `the honest upload waited ${waitedMs.toFixed()} ms`);
  for (const outcome of await outcomes) {
    assert.equal(outcome.status, "rejected");
    const { reason, metadata } = outcome.reason as DepthmeshError;
    assert.deepEqual([reason, metadata.limit_minimum_bytes], ["UPLOAD_EXPIRED", "8192"]);
  }
  ended.abort();
  client.close();
  await fixture.client.cancelJob(job.name);
});

test("an upload may go on for longer than a window at a modest rate", async () => {
  const photo = await readFile(SAMPLE);
  async function* slow() {
    const parts = 12;
    const bytes = Math.ceil(photo.length / parts);
    for (let at = 0; at < photo.length; at += bytes) {
      await pause(WINDOW_MS / 4);
      yield photo.subarray(at, at + bytes);
    }
  }
  const job = await fixture.client.createJob(smallSpec(), { photo: slow() });
  await fixture.client.cancelJob(job.name);
});
