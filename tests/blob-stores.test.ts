/**
 * Whole jobs whose files lie in an object store of NATS, or in a real S3 store that goes away
 * during a job and comes back; and the way of their blobs from one store to another.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { DepthmeshClient } from "../client/client.js";
import { putFile } from "../client/put-file.js";
import { collect } from "../kit/rpc/chunks.js";
import { newId } from "../pipeline/record/id.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import {
  UploadServiceService,
  type WriteUploadRequest,
} from "../proto/gen/depthmesh/v1/upload_service.js";
import {
  longSpec,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
  untilProgress,
  upload,
} from "../testing/mesh/fixture.js";
import { refusal } from "../testing/refusal.js";
import { startSwift, swiftIsMissing } from "../testing/servers/swift.js";

const ENVIRONMENT = { DEPTHMESH_RETRY_BASE_MS: "200", DEPTHMESH_MAINTENANCE_MS: "500" };

/** Draws for some seconds, so that the store can go away meanwhile. */
function clipOfSeconds(durationSeconds: number): JobSpec {
  const long = longSpec();
  return { ...long, clip: long.clip && { ...long.clip, durationSeconds } };
}

/** Reads every artifact, whole and from its middle, and compares it with its hash. */
async function assertReadable(client: DepthmeshClient, job: Job): Promise<void> {
  assert.ok(job.artifacts.length > 0);
  const read = async (name: string, offset = 0) =>
    Buffer.from(await collect((await client.readArtifact(name, { offset })).chunks));
  for (const { name, sha256 } of job.artifacts) {
    const bytes = await read(name);
    assert.equal(createHash("sha256").update(bytes).digest("hex"), sha256, name);
    const half = Math.floor(bytes.length / 2);
    const rest = await read(name, half);
    assert.ok(rest.equals(bytes.subarray(half)), name);
  }
}

/** Without credentials, whole and in a range; the address is for this file alone. */
async function assertDownloadable(client: DepthmeshClient, job: Job): Promise<void> {
  const video = job.artifacts.find(({ mediaType }) => mediaType === "video/mp4");
  assert.ok(video);
  const { url, expireTime } = (await client.artifactUrl(video.name)) ?? assert.fail("no address");
  assert.ok(expireTime && expireTime.getTime() > Date.now());
  const answer = await fetch(url);
  assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "video/mp4"]);
  assert.match(answer.headers.get("content-disposition") ?? "", /^attachment; filename="[\w.-]+"$/);
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.equal(createHash("sha256").update(bytes).digest("hex"), video.sha256);
  const part = await fetch(url, { headers: { range: "bytes=4-7" } });
  assert.equal(await part.text(), "ftyp");
  assert.equal((await fetch(url.replace("/blobs/", "/other/"))).status, 403);
  assert.equal((await fetch(url, { method: "DELETE" })).status, 403);
}

/** The bytes do not pass the gateway; what is not what was declared ends the upload. */
async function assertPuttable(client: DepthmeshClient): Promise<void> {
  const put = await putFile(client, SAMPLE);
  assert.equal(put.finished, true);
  const job = await client.createJob(smallSpec(), {}, newId(), { photoUpload: put.name });
  assert.equal((await untilEnded(client, job.name)).state, JobState.JOB_STATE_SUCCEEDED);

  const sha256 = createHash("sha256").update("a photo").digest("hex");
  const asked = { sizeBytes: 7, requestId: newId(), putSha256: sha256 };
  const begun = await client.call(UploadServiceService.createUpload, asked);
  const { url = "", headers = {} } = begun.putUrl ?? {};
  assert.equal((await fetch(url, { method: "PUT", headers, body: "a phony" })).status, 200);
  const write = (...rest: readonly WriteUploadRequest["kind"][]) => {
    const header = { $case: "header", value: { name: begun.name, offset: 0 } } as const;
    const messages = [{ kind: header }, ...rest.map((kind) => ({ kind }))];
    return client.channel.clientStream(UploadServiceService.writeUpload, messages);
  };
  const data = { $case: "data", value: { data: Buffer.from("a photo") } } as const;
  assert.equal((await refusal(write(data))).reason, "PARAMETER_CONFLICT");
  const finish = { $case: "finish", value: { sha256: "" } } as const;
  assert.equal((await refusal(write(finish))).reason, "UPLOAD_CHECKSUM_MISMATCH");
  const gone = client.call(UploadServiceService.getUpload, { name: begun.name });
  assert.equal((await refusal(gone)).reason, "UPLOAD_NOT_FOUND");
}

async function makeJob(client: DepthmeshClient, spec = smallSpec()): Promise<Job> {
  return client.createJob(spec, { photo: upload(await readFile(SAMPLE)) });
}

test("a job's files lie in NATS alone, and go with the job", async (t) => {
  const environment = { ...ENVIRONMENT, DEPTHMESH_BLOB_STORE: "nats" };
  const { client, close, folder } = await startFixture({ environment });
  t.after(close);
  const { name } = await makeJob(client);
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, job.error?.message);
  await assertReadable(client, job);
  const [{ name: artifact = "" } = {}] = job.artifacts;
  assert.equal(await client.artifactUrl(artifact), undefined);
  await assert.rejects(readFile(join(folder, "data", "blobs", "tmp")), { code: "ENOENT" });
  const asked = { sizeBytes: 7, requestId: "", putSha256: "0".repeat(64) };
  const refused = await refusal(client.call(UploadServiceService.createUpload, asked));
  assert.equal(refused.reason, "UPLOAD_ADDRESS_UNAVAILABLE");
  assert.match(refused.message, /send the bytes with WriteUpload/);
  // It goes the other way by itself.
  assert.equal((await putFile(client, SAMPLE)).finished, true);
});

test("a job waits for an S3 store that goes away, and its callers are told why", {
  skip: swiftIsMissing,
}, async (t) => {
  const swift = await startSwift();
  t.after(() => swift.close());
  const environment = { ...ENVIRONMENT, ...swift.environment };
  const { client, close } = await startFixture({ environment });
  t.after(close);
  const first = await untilEnded(client, (await makeJob(client)).name);
  assert.equal(first.state, JobState.JOB_STATE_SUCCEEDED, first.error?.message);
  await assertReadable(client, first);
  await assertDownloadable(client, first);
  await assertPuttable(client);

  const { name } = await makeJob(client, clipOfSeconds(4));
  await untilProgress(client, name, "encode", 0.2);
  await swift.stop();
  const away = await refusal(makeJob(client));
  assert.equal(away.reason, "STORAGE_UNAVAILABLE");
  assert.match(away.message, /ECONNREFUSED.*DEPTHMESH_S3_ENDPOINT/);
  // The clip is drawn meanwhile, and cannot be stored: the encoder gives it back and tries again.
  await untilProgress(client, name, "render", 1);
  await swift.start();
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, job.error?.message);
  await assertReadable(client, job);
});
