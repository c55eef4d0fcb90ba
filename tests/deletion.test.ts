/**
 * DeleteJob and PurgeCache in a real mesh: what they delete is unreadable and unused from then on,
 * except what another job has too.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import type { ServiceError } from "@grpc/grpc-js";
import sharp from "sharp";
import { RemoteBlobs } from "../kit/blobs/remote.js";
import { hashesIn } from "../kit/blobs/store.js";
import { meshClient } from "../kit/rpc/client.js";
import { fromServiceError } from "../kit/rpc/status.js";
import { BlobServiceClient } from "../proto/gen/depthmesh/stage/v1/blob_service.js";
import { CacheKind } from "../proto/gen/depthmesh/v1/admin_service.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind, CachePolicy, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { eventually } from "../testing/eventually.js";
import { Failpoints } from "../testing/mesh/failpoints.js";
import {
  connectToMesh,
  type Fixture,
  type MeshBus,
  smallSpec,
  startFixture,
  untilEnded,
  upload,
} from "../testing/mesh/fixture.js";

let fixture: Fixture;
let mesh: MeshBus;
let blobs: RemoteBlobs;
let failpoints: Failpoints;
before(async () => {
  failpoints = await Failpoints.open();
  fixture = await startFixture({
    environment: { ...failpoints.environment, DEPTHMESH_MAINTENANCE_MS: "300" },
  });
  mesh = await connectToMesh(fixture.mesh);
  blobs = new RemoteBlobs(fixture.mesh.internalAddress, { access: fixture.mesh.access.mesh });
});
after(async () => {
  blobs?.close();
  await mesh?.bus.close();
  await fixture?.close();
  await failpoints?.close();
});

/** A photo that no earlier job has, with a depth map that no earlier job has. */
function newPhoto(): Promise<Buffer> {
  const [width, height, channels] = [96, 64, 3] as const;
  const noise = randomBytes(width * height * channels);
  return sharp(noise, { raw: { width, height, channels } }).blur(3).normalise().png().toBuffer();
}

const SPEC = JobSpec.fromPartial({
  ...smallSpec("still"),
  cachePolicy: CachePolicy.CACHE_POLICY_USE,
  artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH],
  outputs: [{}],
});
const NEVER = new AbortController().signal;
const idOf = ({ name }: Pick<Job, "name">) => name.slice("jobs/".length);

async function made(photo: Buffer, spec = SPEC): Promise<Job> {
  const { name } = await fixture.client.createJob(spec, { photo: upload(photo) });
  const job = await untilEnded(fixture.client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  return job;
}

/** The hashes of the blobs that a job's record refers to. */
async function blobsOf(job: Job): Promise<string[]> {
  const { record } = (await mesh.store.read(idOf(job))) ?? assert.fail("the job has a record");
  const missing = new Set(await blobs.hold(hashesIn(JSON.stringify(record))));
  return hashesIn(JSON.stringify(record)).filter((sha256) => !missing.has(sha256));
}

/** Waits until the encode worker has stored the result of a job in the cache. */
const untilCached = (job: Job) =>
  eventually("the result is in the cache", async () => {
    const request = { pageSize: 1000, pageToken: "", kind: CacheKind.CACHE_KIND_RESULT };
    const { entries } = await fixture.admin.listCacheEntries(request);
    return entries.some((entry) => entry.job === job.name);
  });

async function assertUnreadable(hashes: readonly string[]): Promise<void> {
  for (const sha256 of hashes) {
    await assert.rejects(blobs.read(sha256), { reason: "BLOB_NOT_FOUND" }, sha256);
  }
}

test("a deleted job's files are unreadable at once, and the same photo is made anew", async () => {
  const photo = await newPhoto();
  const job = await made(photo);
  await untilCached(job);
  assert.equal((await made(photo)).cacheHit, true, "before the deletion the cache serves it");
  const second = (await fixture.client.listJobs(1, "")).jobs[0] ?? assert.fail();
  const hashes = await blobsOf(job);
  assert.ok(hashes.length >= 6, String(hashes.length));
  await fixture.client.deleteJob(job.name);
  // The second job has the same content.
  assert.equal((await made(photo)).cacheHit, true, "another job keeps what it has too");
  const third = (await fixture.client.listJobs(1, "")).jobs[0] ?? assert.fail();
  for (const { name } of [second, third]) await fixture.client.deleteJob(name);
  await assertUnreadable(hashes);
  await assert.rejects(fixture.client.getJob(job.name), { reason: "JOB_NOT_FOUND" });
  const again = await made(photo);
  assert.deepEqual([again.cacheHit, again.depth?.cacheHit], [false, false]);
});

test("what is left of a deletion that a crash interrupts is completed after it", async () => {
  let seed = 0;
  const points = ["after-deletion-mark", "after-cache-removal", "after-blob-removal"] as const;
  for (const point of points) {
    const photo = await newPhoto();
    seed += 1;
    // No other job has this spec.
    const spec = JobSpec.fromPartial({ ...SPEC, seed });
    const job = await made(photo, spec);
    const hashes = await blobsOf(job);
    await failpoints.killAt(point, { job: idOf(job) });
    await assert.rejects(fixture.client.deleteJob(job.name));
    assert.deepEqual(await failpoints.unreached(), []);
    await eventually(`the deletion is completed after ${point}`, async () => {
      const found = await mesh.store.read(idOf(job)).catch(() => "away");
      return found === undefined;
    });
    await assertUnreadable(hashes);
    await assert.rejects(fixture.client.getJob(job.name), { reason: "JOB_NOT_FOUND" });
    const again = await made(photo, spec);
    assert.deepEqual([again.cacheHit, again.depth?.cacheHit], [false, false], point);
  }
});

test("jobs with the same photo that are created while others are deleted all succeed", async () => {
  const photo = await newPhoto();
  const spec = (seed: number) => JobSpec.fromPartial({ artifacts: SPEC.artifacts, seed });
  let last = await made(photo, spec(0));
  for (let round = 1; round <= 8; round++) {
    const [next] = await Promise.all([
      made(photo, spec(round)),
      fixture.client.deleteJob(last.name),
    ]);
    last = next;
  }
  const hashes = await blobsOf(last);
  await fixture.client.deleteJob(last.name);
  await assertUnreadable(hashes);
});

test("a purge of the cache frees what no job has, and jobs keep their files", async () => {
  const { admin } = fixture;
  const photo = await newPhoto();
  const gone = await made(photo);
  await untilCached(gone);
  const kept = await made(await newPhoto());
  const hashes = await blobsOf(gone);
  // As retention does: the cache keeps the files.
  await mesh.store.remove(idOf(gone));
  const { entries, totalEntries } = await admin.listCacheEntries({
    ...{ pageSize: 1, pageToken: "", kind: CacheKind.CACHE_KIND_DEPTH_MAP },
  });
  assert.ok(totalEntries >= 2 && (entries[0]?.sizeBytes ?? 0) > 0);
  const early = await admin.purgeCache({ kind: 0, storedBefore: new Date(0) });
  assert.deepEqual([early.entries, early.freedBytes], [0, 0]);
  const { entries: count, freedBytes } = await admin.purgeCache({
    ...{ kind: CacheKind.CACHE_KIND_UNSPECIFIED, storedBefore: undefined },
  });
  assert.ok(count >= 4 && freedBytes > 0, `${count} entries, ${freedBytes} bytes`);
  for (const sha256 of await blobsOf(kept)) await blobs.read(sha256);
  // The sweep removes the photo and the spec, which the cache does not have.
  assert.equal((await blobs.hold(hashes)).length, hashes.length - 2);
  const again = await made(photo);
  assert.deepEqual([again.cacheHit, again.depth?.cacheHit], [false, false]);
});

test("what names no job and no byte of a blob is refused, and a signal ends a unary call", async () => {
  const writer = { job: "../other", token: "none" };
  await assert.rejects(blobs.write(writer, Buffer.from("text"), NEVER), { reason: "LEASE_LOST" });
  const service = meshClient(BlobServiceClient, fixture.mesh.internalAddress, {
    access: fixture.mesh.access.mesh,
  });
  const name = `blobs/${"0".repeat(64)}`;
  const reading = service.readBlob({ name, offset: -1 });
  const error = await new Promise<ServiceError>((resolve) => {
    reading.on("error", resolve).on("data", () => {});
  });
  assert.equal(fromServiceError(error).reason, "PARAMETER_OUT_OF_RANGE");
  service.close();
  await assert.rejects(fixture.client.getJob("jobs/none", AbortSignal.abort(new Error("stop"))));
  const stop = new AbortController();
  const listing = fixture.client.getJob("jobs/none", stop.signal);
  stop.abort(new Error("stop"));
  await assert.rejects(listing, { reason: "JOB_CANCELLED" });
});
