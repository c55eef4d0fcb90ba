/**
 * Invalid requests and uploads in a real mesh: each is refused with its reason and metadata and
 * leaves no job and no file. What only decoding shows makes the job fail in the depth stage.
 */
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

/** 200×150 pixels of seeded noise: every part of the file contains image data. */
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

let initial: { jobs: number; files: string[] };
beforeEach(async () => {
  initial = await leftovers();
});

/** Number of jobs, and the files of the blob store, including temporary ones. */
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
    () => assert.fail("the call should be refused"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof DepthmeshError, String(error));
  assert.equal(error.reason, reason, error.message);
  for (const key of metadata) assert.ok(error.metadata[key], `metadata lacks ${key}`);
  assert.deepEqual(await leftovers(), initial, "nothing is left behind");
}

const create = (bytes: Uint8Array, spec = smallSpec()) =>
  fixture.client.createJob(spec, { photo: upload(bytes) });

test("a file that is no image is refused", () =>
  assertRefused(
    create(Buffer.from("Dear diary, this is no photograph at all.")),
    "IMAGE_UNSUPPORTED_FORMAT",
  ));

test("an empty file is refused", () =>
  assertRefused(create(new Uint8Array()), "IMAGE_UNSUPPORTED_FORMAT"));

test("a truncated JPEG is refused", () =>
  assertRefused(create(photo.subarray(0, photo.length / 2)), "IMAGE_TRUNCATED"));

test("a PNG whose header claims 65535×65535 pixels is refused", async () => {
  const png = await noise().png().toBuffer();
  png.writeUInt32BE(65535, 16);
  png.writeUInt32BE(65535, 20);
  await assertRefused(create(png), "IMAGE_TOO_MANY_PIXELS", "limit_pixels", "actual_pixels");
});

test("an SVG is refused", () =>
  assertRefused(
    create(Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')),
    "IMAGE_UNSUPPORTED_FORMAT",
  ));

test("a parameter out of its range is refused", () => {
  const spec = JobSpec.fromPartial({ camera: { intensity: 4.5 } });
  return assertRefused(create(photo, spec), "PARAMETER_OUT_OF_RANGE", "limit_maximum", "actual");
});

test("a parameter that is not a number is refused", () => {
  const spec = JobSpec.fromPartial({ clip: { durationSeconds: Number.NaN } });
  return assertRefused(create(photo, spec), "PARAMETER_OUT_OF_RANGE", "field");
});

test("an odd width is refused", () => {
  const spec = JobSpec.fromPartial({ clip: { width: 641 } });
  return assertRefused(create(photo, spec), "PARAMETER_OUT_OF_RANGE", "limit_step");
});

test("the excluded end of a range is refused", () => {
  const spec = JobSpec.fromPartial({ camera: { height: 1 } });
  return assertRefused(create(photo, spec), "PARAMETER_OUT_OF_RANGE", "limit_excluded", "actual");
});

test("a motion without keyframes is refused", () => {
  const kind = { $case: "keyframes" as const, value: { keyframes: [] } };
  const spec = JobSpec.fromPartial({ motions: [{ parameter: "camera.zoom", kind }] });
  return assertRefused(create(photo, spec), "PARAMETER_OUT_OF_RANGE", "limit_minimum", "field");
});

test("a motion that leaves the range of its parameter is refused", () => {
  const components = [{ kind: ComponentKind.COMPONENT_KIND_SINE, amplitude: 5 }];
  const kind = { $case: "components" as const, value: { components } };
  const spec = JobSpec.fromPartial({ motions: [{ parameter: "camera.offset.x", kind }] });
  return assertRefused(create(photo, spec), "PARAMETER_OUT_OF_RANGE", "limit_maximum", "actual");
});

test("a one-way preset with a loop is refused", () => {
  const spec = JobSpec.fromPartial({
    camera: { preset: "zoom-in", loop: LoopMode.LOOP_MODE_LOOP },
  });
  return assertRefused(create(photo, spec), "PARAMETER_CONFLICT", "field", "known");
});

test("a job with more pixels than the server draws is refused, also when the photo decides its size", () => {
  const spec = JobSpec.fromPartial({ clip: { longestSide: 4096, ssaa: 4, durationSeconds: 30 } });
  return assertRefused(
    create(photo, spec),
    "PARAMETER_OUT_OF_RANGE",
    "limit_pixel_frames",
    "actual_pixel_frames",
  );
});

test("an unknown preset is refused", () => {
  const spec = JobSpec.fromPartial({ camera: { preset: "loop-the-loop" } });
  return assertRefused(create(photo, spec), "PRESET_UNKNOWN", "known", "actual");
});

test("an unknown model is refused", () => {
  const spec = JobSpec.fromPartial({ model: "crystal-ball" });
  return assertRefused(create(photo, spec), "MODEL_UNKNOWN", "known");
});

test("an unknown field of the spec is refused", async () => {
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
        () => assert.fail("the call should be refused"),
        metadata,
        (error, job) => callback(error, job as Job),
      ),
    [message],
  );
  await assertRefused(attempt, "PARAMETER_UNKNOWN", "field_number", "message");
  client.close();
});

test("unknown fields are refused in calls with one response and with a stream of responses", async () => {
  // Field 99, a varint.
  const later = () => Buffer.from([0x98, 0x06, 1]);
  const client = new JobServiceClient(fixture.mesh.address, credentials.createInsecure());
  const path = (method: string) => `/depthmesh.v1.JobService/${method}`;
  const never = () => assert.fail("the call should be refused");
  const list = callUnary<unknown>((metadata, callback) =>
    client.makeUnaryRequest(path("ListJobs"), later, never, {}, metadata, callback),
  );
  await assertRefused(list, "PARAMETER_UNKNOWN", "field_number", "message");
  const watch = client.makeServerStreamRequest(path("WatchJob"), later, never, {});
  await assertRefused(readStream(watch).next(), "PARAMETER_UNKNOWN", "field_number", "message");
  client.close();
});

test("a number beyond JavaScript's integers is refused, and bytes that are no message", async () => {
  const client = new ResultServiceClient(fixture.mesh.address, credentials.createInsecure());
  const read = (bytes: Buffer) => {
    const path = "/depthmesh.v1.ResultService/ReadArtifact";
    const never = () => assert.fail("the call should be refused");
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

test("a photo before the header is refused", async () => {
  const client = new JobServiceClient(fixture.mesh.address, credentials.createInsecure());
  const attempt = callClientStream<CreateJobRequest, Job>(
    (metadata, callback) => client.createJob(metadata, callback),
    [{ kind: { $case: "chunk", value: photo } }],
  );
  await assertRefused(attempt, "PARAMETER_CONFLICT");
  client.close();
});

test("names of unknown jobs are refused", async () => {
  await assertRefused(fixture.client.getJob("jobs/nonsense"), "JOB_NOT_FOUND");
  await assertRefused(fixture.client.cancelJob(`jobs/${"0".repeat(26)}`), "JOB_NOT_FOUND");
  await assertRefused(fixture.client.watchJob("jobs/nonsense").next(), "JOB_NOT_FOUND");
  await assertRefused(fixture.client.getJob("0".repeat(26)), "JOB_NOT_FOUND", "name");
});

test("validate_only checks everything and stores nothing", async () => {
  const client = new JobServiceClient(fixture.mesh.address, credentials.createInsecure());
  const header = { spec: smallSpec(), requestId: "", validateOnly: true, labels: {}, webhooks: [] };
  const job = await callClientStream<CreateJobRequest, Job>(
    (metadata, callback) => client.createJob(metadata, callback),
    [{ kind: { $case: "header", value: header } }, { kind: { $case: "chunk", value: photo } }],
  );
  assert.equal(job.state, JobState.JOB_STATE_QUEUED);
  assert.equal(job.name, "", "there is no such job");
  const { width, height, frames, model, estimatedMemoryBytes, outputs } = job.plan ?? assert.fail();
  assert.deepEqual([width, height, frames, model], [320, 214, 12, "auto"]);
  assert.deepEqual([outputs.length, outputs[0]?.name], [1, "video.mp4"]);
  assert.ok(estimatedMemoryBytes > 320 * 214 * 12, String(estimatedMemoryBytes));
  assert.deepEqual(await leftovers(), initial);
  client.close();
});

test("corrupt pixels in a valid file structure make the job fail in the depth stage", async () => {
  const png = await noise().png().toBuffer();
  const data = png.indexOf("IDAT");
  png.fill(0x55, data + 40, data + 400);
  const { name } = await create(png);
  const job = await untilEnded(fixture.client, name);
  assert.equal(job.state, JobState.JOB_STATE_FAILED);
  const error = job.error && fromRpcStatus(job.error);
  assert.equal(error?.reason, "IMAGE_CORRUPT");
  const log = await readFile(join(fixture.mesh.data, "mesh.log"), "utf8");
  assert.ok(log.includes("IMAGE_CORRUPT"), "the log has the reason");
});

test("a request id creates one job, and another request with the same id is refused", async () => {
  const client = new JobServiceClient(fixture.mesh.address, credentials.createInsecure());
  const send = (bytes: Buffer) => {
    const header = {
      spec: smallSpec("still"),
      requestId: "once",
      validateOnly: false,
      labels: {},
      webhooks: [],
    };
    return callClientStream<CreateJobRequest, Job>(
      (metadata, callback) => client.createJob(metadata, callback),
      [{ kind: { $case: "header", value: header } }, { kind: { $case: "chunk", value: bytes } }],
    );
  };
  const first = await send(photo);
  const again = await send(photo);
  assert.equal(again.name, first.name);
  await untilEnded(fixture.client, first.name);
  initial = await leftovers();
  const other = await noise().flip().jpeg().toBuffer();
  await assertRefused(send(other), "IDEMPOTENCY_CONFLICT");
  client.close();
});
