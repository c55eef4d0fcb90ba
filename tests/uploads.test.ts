/**
 * Uploads that survive, in a real mesh: what the gateway has committed outlives its sudden death,
 * no wrong byte counts, and jobs take finished uploads as their files.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { crc32c } from "@node-rs/crc32";
import sharp from "sharp";
import type { CreateOptions } from "../client/job-files.js";
import { type UploadOptions, uploadFile } from "../client/upload-file.js";
import { packagePath } from "../kit/process/package-path.js";
import { chunksOf } from "../kit/rpc/chunks.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import {
  type Upload,
  UploadServiceService,
  type WriteUploadRequest,
} from "../proto/gen/depthmesh/v1/upload_service.js";
import { eventually, succeeds } from "../testing/eventually.js";
import { Failpoints } from "../testing/mesh/failpoints.js";
import {
  connectToMesh,
  type Fixture,
  type MeshBus,
  pidOf,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
  upload,
} from "../testing/mesh/fixture.js";
import { plainPng } from "../testing/pictures/plain.js";
import { refusal } from "../testing/refusal.js";
import { tone } from "../testing/sound/tone.js";
import { data, finish, header } from "../testing/uploads/write-messages.js";

const MIB = 2 ** 20;
/** Bytes of one message of the client. */
const CHUNK_BYTES = 256 * 1024;

let fixture: Fixture;
let bus: MeshBus;
let failpoints: Failpoints;
before(async () => {
  failpoints = await Failpoints.open();
  fixture = await startFixture({
    environment: { ...failpoints.environment, DEPTHMESH_MAINTENANCE_MS: "300" },
  });
  bus = await connectToMesh(fixture.mesh);
});
after(async () => {
  await bus?.bus.close();
  await fixture?.close();
  await failpoints?.close();
});

function create(sizeBytes?: number, requestId = ""): Promise<Upload> {
  return fixture.client.call(UploadServiceService.createUpload, { sizeBytes, requestId });
}

const getUpload = (name: string) => fixture.client.call(UploadServiceService.getUpload, { name });
const abortUpload = (name: string) =>
  fixture.client.call(UploadServiceService.abortUpload, { name });

/** Sends bytes as the client sends a file. */
async function uploaded(bytes: Uint8Array, options: UploadOptions = {}): Promise<Upload> {
  const file = join(fixture.folder, "to-upload");
  await writeFile(file, bytes);
  return uploadFile(fixture.client, file, options);
}

/** A job whose files are uploads. */
function jobOf(spec: JobSpec, files: CreateOptions, requestId = ""): Promise<Job> {
  return fixture.client.createJob(spec, {}, requestId, files);
}

function write(
  messages: Iterable<WriteUploadRequest> | AsyncIterable<WriteUploadRequest>,
): Promise<Upload> {
  return fixture.client.channel.clientStream(UploadServiceService.writeUpload, messages);
}

const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const blobFolder = () => join(fixture.folder, "data", "blobs");

/** The bytes that the blob store has of a finished upload. */
function stored({ sha256 }: Upload): Promise<Buffer> {
  return readFile(join(blobFolder(), sha256.slice(0, 2), sha256));
}

/** The files that an upload has besides the blob of its finished bytes. */
async function filesOf({ name }: Upload): Promise<string[]> {
  const files = await readdir(join(blobFolder(), "uploads"));
  return files.filter((file) => file.startsWith(name.slice("uploads/".length)));
}

test("an upload goes on where it was committed after the gateway was killed in its middle", async () => {
  const bytes = randomBytes(20 * MIB + 12_345);
  const before = pidOf(fixture.mesh, "gateway");
  const seen: number[] = [];
  await failpoints.killAt("during-upload", { after: 50 });
  const onProgress = ({ committedSizeBytes }: Upload) => void seen.push(committedSizeBytes);
  // One call for all bytes: only its middle can have been committed.
  const finished = await uploaded(bytes, { onProgress, partBytes: bytes.length });
  assert.notEqual(pidOf(fixture.mesh, "gateway"), before, "the gateway was killed");
  const [begun = -1, resumed = 0] = seen;
  assert.equal(begun, 0);
  assert.ok(resumed >= 4 * MIB && resumed <= 51 * CHUNK_BYTES, `it went on at ${resumed}`);
  assert.deepEqual([finished.finished, finished.sha256], [true, sha256Of(bytes)]);
  assert.deepEqual(await stored(finished), bytes);
});

test("a file that becomes shorter while it is sent ends its upload, and parts have bytes", async () => {
  const file = join(fixture.folder, "shortened");
  await writeFile(file, randomBytes(3 * MIB));
  const onProgress = () => truncate(file, MIB);
  const shortened = await refusal(uploadFile(fixture.client, file, { onProgress, partBytes: MIB }));
  assert.equal(shortened.reason, "UPLOAD_INCOMPLETE");
  assert.match(shortened.message, /ends at byte 1048576, but had 3145728 bytes/);
  const empty = await refusal(uploadFile(fixture.client, file, { partBytes: 0 }));
  assert.equal(empty.reason, "PARAMETER_OUT_OF_RANGE");
});

test("a death between durable bytes and their commit, and between blob and record, loses nothing", async () => {
  const bytes = randomBytes(9 * MIB);
  await failpoints.killAt("after-part-before-commit", { after: 1 });
  await failpoints.killAt("after-adoption-before-finish");
  const finished = await uploaded(bytes);
  assert.deepEqual(await failpoints.unreached(), []);
  assert.equal(finished.sha256, sha256Of(bytes));
  assert.deepEqual(await stored(finished), bytes);
  // The files that the dead processes left are no longer of use.
  const files = await filesOf(finished);
  assert.ok(files.length <= 1, files.join(" "));
});

test("a wrong offset, a wrong CRC and a wrong SHA-256 change nothing, and say where to go on", async () => {
  const bytes = randomBytes(300_000);
  const { name } = await create();
  const part = bytes.subarray(0, 100_000);
  const cut = bytes.subarray(100_000, 200_000);
  const broken = await refusal(write([header(name, 0), data(part), data(cut, crc32c(part))]));
  assert.deepEqual(
    [broken.reason, broken.metadata.offset, broken.metadata.expected_crc32c],
    ["UPLOAD_CHECKSUM_MISMATCH", "100000", crc32c(part).toString(16).padStart(8, "0")],
  );
  assert.equal((await getUpload(name)).committedSizeBytes, 100_000);
  for (const offset of [0, 99_999, 100_001]) {
    const mismatch = await refusal(write([header(name, offset), data(cut)]));
    assert.deepEqual(
      [mismatch.reason, mismatch.metadata.committed_size_bytes],
      ["UPLOAD_OFFSET_MISMATCH", "100000"],
    );
  }
  const rest = [...chunksOf(bytes.subarray(100_000))].map((chunk) => data(chunk));
  const whole = await refusal(write([header(name, 100_000), ...rest, finish(sha256Of(part))]));
  assert.deepEqual(
    [whole.reason, whole.metadata.actual_sha256],
    ["UPLOAD_CHECKSUM_MISMATCH", sha256Of(bytes)],
  );
  const early = await refusal(jobOf(smallSpec(), { photoUpload: name }));
  assert.deepEqual([early.reason, early.metadata.field], ["UPLOAD_INCOMPLETE", "photo_upload"]);
  const finished = await write([header(name, bytes.length), finish(sha256Of(bytes))]);
  assert.deepEqual(await stored(finished), bytes);
  // The answer to the last part may be lost, and the part is sent again.
  assert.deepEqual(await write([header(name, bytes.length), finish(sha256Of(bytes))]), finished);
});

test("of two calls that write one upload the newer wins, and no byte is mixed", async () => {
  const [older, newer] = [Buffer.alloc(200_000, 1), Buffer.alloc(200_000, 2)];
  const { name } = await create();
  const gate = new EventEmitter();
  const [sent, released] = [once(gate, "sent"), once(gate, "released")];
  async function* slow() {
    yield header(name, 0);
    yield data(older);
    gate.emit("sent");
    await released;
    yield data(older);
  }
  const first = refusal(write(slow()));
  await sent;
  const second = await write([header(name, 0), data(newer), finish(sha256Of(newer))]);
  gate.emit("released");
  assert.equal((await first).reason, "UPLOAD_SUPERSEDED");
  assert.deepEqual(await stored(second), newer);
});

test("a request id begins one upload; sizes and lengths are kept to", async () => {
  const [one, two] = await Promise.all([create(5, "one-upload"), create(5, "one-upload")]);
  assert.equal(one.name, two.name);
  assert.equal((await refusal(create(6, "one-upload"))).reason, "IDEMPOTENCY_CONFLICT");
  assert.equal((await refusal(create(65 * MIB))).reason, "UPLOAD_TOO_LARGE");
  assert.equal((await refusal(create(-1))).reason, "PARAMETER_OUT_OF_RANGE");
  const five = Buffer.from("bytes");
  const long = refusal(write([header(one.name, 0), data(Buffer.from("6bytes"))]));
  assert.equal((await long).reason, "UPLOAD_TOO_LARGE");
  const short = refusal(write([header(one.name, 0), data(five.subarray(1)), finish()]));
  assert.equal((await short).reason, "UPLOAD_INCOMPLETE");
  assert.equal(
    (await write([header(one.name, 4), data(five.subarray(4)), finish()])).finished,
    true,
  );
});

test("a job is made from a photo, a map and a sound that were uploaded; they may go afterwards", async () => {
  const photo = await readFile(SAMPLE);
  const map = await plainPng("#888", 60, 40);
  const names = [];
  for (const bytes of [photo, map, tone(0.25)]) names.push((await uploaded(bytes)).name);
  const [photoUpload = "", mapUpload = "", soundUpload = ""] = names;
  const spec = JobSpec.fromPartial({ ...smallSpec("still"), depth: { map: {} } });
  const files = { photoUpload, depthMapUpload: mapUpload, soundUpload };
  const job = await jobOf(spec, files, "from-uploads");
  assert.equal((await jobOf(spec, files, "from-uploads")).name, job.name);
  const both = refusal(
    fixture.client.createJob(smallSpec(), { photo: upload(photo) }, "", { photoUpload }),
  );
  assert.equal((await both).reason, "PARAMETER_CONFLICT");
  for (const name of names) await abortUpload(name);
  assert.equal((await refusal(getUpload(photoUpload))).reason, "UPLOAD_NOT_FOUND");
  assert.equal((await untilEnded(fixture.client, job.name)).state, JobState.JOB_STATE_SUCCEEDED);
  const gone = await refusal(jobOf(spec, files));
  assert.deepEqual([gone.reason, gone.metadata.field], ["UPLOAD_NOT_FOUND", "photo_upload"]);
});

test("the command sends a large file in parts, over a gateway that dies in the middle", async () => {
  const [width, height] = [2000, 1500];
  const noise = randomBytes(width * height * 3);
  const photo = join(fixture.folder, "large.png");
  await sharp(noise, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toFile(photo);
  const output = join(fixture.folder, "large.mp4");
  await failpoints.killAt("during-upload", { after: 20 });
  const size = ["--duration", "0.5", "--fps", "10", "--longest-side", "160", "--preset", "still"];
  const command = [packagePath("bin", "depthmesh"), "convert", photo, "-o", output, ...size];
  await promisify(execFile)(process.execPath, [
    ...command,
    ...["--address", fixture.mesh.address, "--json"],
  ]);
  assert.ok((await stat(output)).size > 1_000);
  // The gateway was killed while it received the file.
  assert.deepEqual(await failpoints.unreached(), []);
});

test("a job that is deleted leaves the upload its bytes; an aborted upload leaves none", async () => {
  const photo = await plainPng("#123");
  const kept = await uploaded(photo);
  const job = await jobOf(smallSpec("still"), { photoUpload: kept.name });
  await untilEnded(fixture.client, job.name);
  await fixture.client.deleteJob(job.name);
  assert.deepEqual(await stored(kept), photo);
  const begun = await create();
  await write([header(begun.name, 0), data(photo)]);
  assert.equal((await filesOf(begun)).length, 1);
  await abortUpload(begun.name);
  assert.equal((await filesOf(begun)).length, 0);
  await abortUpload(kept.name);
  await assert.rejects(stored(kept), { code: "ENOENT" });
  assert.equal((await refusal(abortUpload(kept.name))).reason, "UPLOAD_NOT_FOUND");
});

test("an upload whose time is over, and another tenant's, do not exist", async () => {
  const bytes = Buffer.from("soon over");
  const finished = await uploaded(bytes);
  const id = finished.name.slice("uploads/".length);
  const entry = await bus.buckets.uploads.get(id);
  assert.ok(entry);
  await bus.buckets.uploads.put(id, JSON.stringify({ ...entry.json<object>(), tenant: "another" }));
  const reasons = new Set<string>();
  const calls = [
    getUpload(finished.name),
    abortUpload(finished.name),
    write([header(finished.name, bytes.length), finish()]),
    jobOf(smallSpec(), { photoUpload: finished.name }),
    getUpload(`uploads/${"0".repeat(26)}`),
  ];
  for (const { reason, message } of await Promise.all(calls.map(refusal))) {
    reasons.add(`${reason}: ${message}`);
  }
  assert.equal(reasons.size, 1, [...reasons].join("; "));
  assert.deepEqual(await stored(finished), bytes);
  const over = { ...entry.json<object>(), expiresAtMs: Date.now() - 1 };
  await bus.buckets.uploads.put(id, JSON.stringify(over));
  assert.equal((await refusal(getUpload(finished.name))).reason, "UPLOAD_NOT_FOUND");
  await eventually("the expired upload and its bytes are removed", async () => {
    const found = await bus.buckets.uploads.get(id);
    return found?.operation !== "PUT" && !(await succeeds(stored(finished)));
  });
});
