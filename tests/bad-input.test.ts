/** Everything the gateway must refuse, with its reason and the facts; and what only depth can find. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { credentials } from "@grpc/grpc-js";
import sharp from "sharp";
import { DepthmeshError } from "../core/errors.js";
import { callClientStream, callUnary, readStream } from "../kit/rpc/client.js";
import { fromRpcStatus } from "../kit/rpc/status.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { type CreateJobRequest, JobServiceClient } from "../proto/gen/depthmesh/v1/job_service.js";
import { ResultServiceClient } from "../proto/gen/depthmesh/v1/result_service.js";
import { ComponentKind, JobSpec, LoopMode } from "../proto/gen/depthmesh/v1/spec.js";
import {
  type Fixture,
  smallSpec,
  startFixture,
  untilEnded,
  upload,
} from "../testing/mesh/fixture.js";

let fixture: Fixture;
let photo: Buffer;
before(async () => {
  fixture = await startFixture();
  photo = await noise().jpeg({ quality: 90 }).toBuffer();
});
after(() => fixture.close());

/** 200×150 of seeded noise: every part of its file carries picture. */
function noise() {
  let state = 1;
  const data = Buffer.from(
    Array.from({ length: 200 * 150 * 3 }, () => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return state % 256;
    }),
  );
  return sharp(data, { raw: { width: 200, height: 150, channels: 3 } });
}

let before_: { jobs: number; files: string[] };
beforeEach(async () => {
  before_ = await leftovers();
});

/** Jobs and files of the blob store, temporary ones too. */
async function leftovers(): Promise<{ jobs: number; files: string[] }> {
  const { jobs } = await fixture.client.listJobs(1000, "");
  const files = await readdir(join(fixture.mesh.data, "blobs"), { recursive: true });
  return { jobs: jobs.length, files: files.sort() };
}

async function assertRefused(
  attempt: Promise<unknown>,
  reason: string,
  ...metadata: string[]
): Promise<void> {
  const error = await attempt.then(
    () => assert.fail("it was accepted"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof DepthmeshError, String(error));
  assert.equal(error.reason, reason, error.message);
  for (const key of metadata) assert.ok(error.metadata[key], `metadata lacks ${key}`);
  assert.deepEqual(await leftovers(), before_, "nothing is left behind");
}

const create = (bytes: Uint8Array, spec = smallSpec()) =>
  fixture.client.createJob(spec, { photo: upload(bytes) });

test("a text file named .jpg", () =>
  assertRefused(
    create(Buffer.from("Dear diary, this is no photograph at all.")),
    "IMAGE_UNSUPPORTED_FORMAT",
  ));

test("an empty file", () => assertRefused(create(new Uint8Array()), "IMAGE_UNSUPPORTED_FORMAT"));

test("a JPEG cut in half", () =>
  assertRefused(create(photo.subarray(0, photo.length / 2)), "IMAGE_TRUNCATED"));

test("a PNG header that claims 65535×65535", async () => {
  const png = await noise().png().toBuffer();
  png.writeUInt32BE(65535, 16);
  png.writeUInt32BE(65535, 20);
  await assertRefused(create(png), "IMAGE_TOO_MANY_PIXELS", "limit_pixels", "actual_pixels");
});

test("an SVG", () =>
  assertRefused(
    create(Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')),
    "IMAGE_UNSUPPORTED_FORMAT",
  ));

test("a parameter out of range", () => {
  const spec = JobSpec.fromPartial({ camera: { intensity: 4.5 } });
  return assertRefused(create(photo, spec), "PARAMETER_OUT_OF_RANGE", "limit_maximum", "actual");
});

test("a parameter that is no number", () => {
  const spec = JobSpec.fromPartial({ clip: { durationSeconds: Number.NaN } });
  return assertRefused(create(photo, spec), "PARAMETER_OUT_OF_RANGE", "field");
});

test("an odd width", () => {
  const spec = JobSpec.fromPartial({ clip: { width: 641 } });
  return assertRefused(create(photo, spec), "PARAMETER_OUT_OF_RANGE", "limit_step");
});

test("an end of a range that is itself excluded", () => {
  const spec = JobSpec.fromPartial({ camera: { height: 1 } });
  return assertRefused(create(photo, spec), "PARAMETER_OUT_OF_RANGE", "limit_excluded", "actual");
});

test("a motion without keyframes", () => {
  const kind = { $case: "keyframes" as const, value: { keyframes: [] } };
  const spec = JobSpec.fromPartial({ motions: [{ parameter: "camera.zoom", kind }] });
  return assertRefused(create(photo, spec), "PARAMETER_OUT_OF_RANGE", "limit_minimum", "field");
});

test("a motion that leaves its parameter's range", () => {
  const components = [{ kind: ComponentKind.COMPONENT_KIND_SINE, amplitude: 5 }];
  const kind = { $case: "components" as const, value: { components } };
  const spec = JobSpec.fromPartial({ motions: [{ parameter: "camera.offset.x", kind }] });
  return assertRefused(create(photo, spec), "PARAMETER_OUT_OF_RANGE", "limit_maximum", "actual");
});

test("a one-way preset in a loop", () => {
  const spec = JobSpec.fromPartial({
    camera: { preset: "zoom-in", loop: LoopMode.LOOP_MODE_LOOP },
  });
  return assertRefused(create(photo, spec), "PARAMETER_CONFLICT", "field", "known");
});

test("more pixels than the server draws for a job, in a size that the photo decides", () => {
  const spec = JobSpec.fromPartial({ clip: { longestSide: 4096, ssaa: 4, durationSeconds: 30 } });
  return assertRefused(
    create(photo, spec),
    "PARAMETER_OUT_OF_RANGE",
    "limit_pixel_frames",
    "actual_pixel_frames",
  );
});

test("an unknown preset", () => {
  const spec = JobSpec.fromPartial({ camera: { preset: "loop-the-loop" } });
  return assertRefused(create(photo, spec), "PRESET_UNKNOWN", "known", "actual");
});

test("an unknown model", () => {
  const spec = JobSpec.fromPartial({ model: "crystal-ball" });
  return assertRefused(create(photo, spec), "MODEL_UNKNOWN", "known");
});

test("an unknown field", async () => {
  // Field 99 of JobSpec, a varint: what a client of a later version would send.
  const spec = Buffer.concat([JobSpec.encode(smallSpec()).finish(), Buffer.from([0x98, 0x06, 1])]);
  const header = Buffer.concat([Buffer.from([0x0a, spec.length]), spec]);
  const message = Buffer.concat([Buffer.from([0x0a, header.length]), header]);
  const client = new JobServiceClient(fixture.mesh.address, credentials.createInsecure());
  const attempt = callClientStream<Buffer, Job>(
    (metadata, callback) =>
      client.makeClientStreamRequest<Buffer, Job>(
        "/depthmesh.v1.JobService/CreateJob",
        (bytes) => bytes,
        () => assert.fail("it was accepted"),
        metadata,
        (error, job) => callback(error, job as Job),
      ),
    [message],
  );
  await assertRefused(attempt, "PARAMETER_UNKNOWN", "field_number", "message");
  client.close();
});

test("an unknown field of a call that answers with one message, and of one that streams", async () => {
  // Field 99, a varint.
  const later = () => Buffer.from([0x98, 0x06, 1]);
  const client = new JobServiceClient(fixture.mesh.address, credentials.createInsecure());
  const path = (method: string) => `/depthmesh.v1.JobService/${method}`;
  const never = () => assert.fail("it was accepted");
  const list = callUnary<unknown>((metadata, callback) =>
    client.makeUnaryRequest(path("ListJobs"), later, never, {}, metadata, callback),
  );
  await assertRefused(list, "PARAMETER_UNKNOWN", "field_number", "message");
  const watch = client.makeServerStreamRequest(path("WatchJob"), later, never, {});
  await assertRefused(readStream(watch).next(), "PARAMETER_UNKNOWN", "field_number", "message");
  client.close();
});

test("a number that JavaScript does not hold, and bytes that are no message", async () => {
  const client = new ResultServiceClient(fixture.mesh.address, credentials.createInsecure());
  const read = (bytes: Buffer) => {
    const path = "/depthmesh.v1.ResultService/ReadArtifact";
    const never = () => assert.fail("it was accepted");
    return readStream(
      client.makeServerStreamRequest(path, (each: Buffer) => each, never, bytes),
    ).next();
  };
  // Field 2, offset: 2^53 as a varint.
  const huge = Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]);
  await assertRefused(read(huge), "PARAMETER_OUT_OF_RANGE", "limit_maximum");
  await assertRefused(read(Buffer.from([0x0a, 0x7f])), "PARAMETER_UNKNOWN");
  client.close();
});

test("a photo before the header", async () => {
  const client = new JobServiceClient(fixture.mesh.address, credentials.createInsecure());
  const attempt = callClientStream<CreateJobRequest, Job>(
    (metadata, callback) => client.createJob(metadata, callback),
    [{ kind: { $case: "chunk", value: photo } }],
  );
  await assertRefused(attempt, "PARAMETER_CONFLICT");
  client.close();
});

test("names that no job has", async () => {
  await assertRefused(fixture.client.getJob("jobs/nonsense"), "JOB_NOT_FOUND");
  await assertRefused(fixture.client.cancelJob(`jobs/${"0".repeat(26)}`), "JOB_NOT_FOUND");
  await assertRefused(fixture.client.watchJob("jobs/nonsense").next(), "JOB_NOT_FOUND");
});

test("validate_only checks all and stores nothing", async () => {
  const client = new JobServiceClient(fixture.mesh.address, credentials.createInsecure());
  const header = { spec: smallSpec(), requestId: "", validateOnly: true };
  const job = await callClientStream<CreateJobRequest, Job>(
    (metadata, callback) => client.createJob(metadata, callback),
    [{ kind: { $case: "header", value: header } }, { kind: { $case: "chunk", value: photo } }],
  );
  assert.equal(job.state, JobState.JOB_STATE_QUEUED);
  assert.deepEqual(await leftovers(), before_);
  client.close();
});

test("broken pixels in a whole structure fail the job in depth", async () => {
  const png = await noise().png().toBuffer();
  const data = png.indexOf("IDAT");
  png.fill(0x55, data + 40, data + 400);
  const { name } = await create(png);
  const job = await untilEnded(fixture.client, name);
  assert.equal(job.state, JobState.JOB_STATE_FAILED);
  const error = job.error && fromRpcStatus(job.error);
  assert.equal(error?.reason, "IMAGE_CORRUPT");
  const log = await readFile(join(fixture.mesh.data, "mesh.log"), "utf8");
  assert.ok(log.includes("IMAGE_CORRUPT"), "the log says so too");
});

test("a request id makes one job, and another request under it is refused", async () => {
  const client = new JobServiceClient(fixture.mesh.address, credentials.createInsecure());
  const send = (bytes: Buffer) => {
    const header = { spec: smallSpec("still"), requestId: "once", validateOnly: false };
    return callClientStream<CreateJobRequest, Job>(
      (metadata, callback) => client.createJob(metadata, callback),
      [{ kind: { $case: "header", value: header } }, { kind: { $case: "chunk", value: bytes } }],
    );
  };
  const first = await send(photo);
  const again = await send(photo);
  assert.equal(again.name, first.name);
  await untilEnded(fixture.client, first.name);
  before_ = await leftovers();
  const other = await noise().flip().jpeg().toBuffer();
  await assertRefused(send(other), "IDEMPOTENCY_CONFLICT");
  client.close();
});
