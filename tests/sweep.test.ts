/**
 * The sweep, the quarantine and lost blobs: a real mesh that sweeps continuously with almost no
 * grace period.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import sharp from "sharp";
import { collect } from "../kit/rpc/chunks.js";
import { publishOrder } from "../pipeline/orders/order.js";
import { newId } from "../pipeline/record/id.js";
import { workStream } from "../pipeline/topology/names.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind, CachePolicy, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { eventually } from "../testing/eventually.js";
import {
  connectToMesh,
  type Fixture,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
  upload,
} from "../testing/mesh/fixture.js";

const run = promisify(execFile);
const LONG_AGO = new Date(1_000_000);

let fixture: Fixture;
let blobs: string;
before(async () => {
  const environment = {
    DEPTHMESH_MAINTENANCE_MS: "200",
    DEPTHMESH_SWEEP_MS: "200",
    DEPTHMESH_BLOB_GRACE_MS: "10000",
  };
  fixture = await startFixture({ environment });
  blobs = join(fixture.mesh.data, "blobs");
});
after(() => fixture?.close());

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
const gone = (path: string) => eventually(`${path} is gone`, async () => !(await isThere(path)));

/** An old blob that nothing references. */
async function orphan(): Promise<string> {
  const bytes = Buffer.from(newId());
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const path = join(blobs, sha256.slice(0, 2), sha256);
  await mkdir(join(blobs, sha256.slice(0, 2)), { recursive: true });
  await writeFile(path, bytes);
  await utimes(path, LONG_AGO, LONG_AGO);
  return path;
}

/** Hashes of all blobs. */
async function stored(): Promise<string[]> {
  const files = await readdir(blobs, { recursive: true });
  return files.filter((file) => /^..\/[0-9a-f]{64}$/.test(file)).map((file) => file.slice(3));
}

/** Makes every blob older than the grace period and waits for a sweep that began after that. */
async function sweepThoroughly(): Promise<void> {
  for (const sha256 of await stored()) {
    await utimes(join(blobs, sha256.slice(0, 2), sha256), LONG_AGO, LONG_AGO).catch(() => {});
  }
  // The first orphan may be removed by a sweep that began before the times were changed.
  await gone(await orphan());
  await gone(await orphan());
}

test("a sweep removes only blobs without references, and keeps those of the depth cache", async () => {
  const { client, folder } = fixture;
  const half = join(blobs, "tmp", "left");
  await writeFile(half, "half of a blob");
  const sound = join(folder, "tone.wav");
  await run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "sine=duration=0.5", sound]);
  const artifacts = [ArtifactKind.ARTIFACT_KIND_DEPTH, ArtifactKind.ARTIFACT_KIND_POSTER];
  const cachePolicy = CachePolicy.CACHE_POLICY_USE;
  const spec = JobSpec.fromPartial({ ...smallSpec(), cachePolicy, artifacts, outputs: [{}] });
  const created = await client.createJobFromFiles(spec, { photo: SAMPLE, sound });
  const job = await untilEnded(client, created.name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  await gone(half);
  await sweepThoroughly();

  for (const artifact of job.artifacts) {
    const path = join(blobs, artifact.sha256.slice(0, 2), artifact.sha256);
    const hash = createHash("sha256").update(await readFile(path));
    assert.equal(hash.digest("hex"), artifact.sha256, artifact.name);
  }
  const fragments = await client.followFragments(job.name);
  assert.ok((await collect(fragments.chunks)).length > 0, "fragments are kept");
  const photo = await readFile(SAMPLE);
  const kept = await stored();
  for (const file of [photo, await readFile(sound)]) {
    assert.ok(kept.includes(createHash("sha256").update(file).digest("hex")), "an upload is kept");
  }

  // As retention does; a deletion by a client takes the cache entries with it.
  const { bus, store } = await connectToMesh(fixture.mesh);
  await store.remove(job.name.slice("jobs/".length));
  await bus.close();
  await sweepThoroughly();
  const rest = await stored();
  assert.ok(
    rest.length < kept.length && rest.length >= 3,
    "blobs that the cache references are left",
  );
  const again = await client.createJobFromFiles(spec, { photo: SAMPLE });
  const cached = await untilEnded(client, again.name);
  assert.equal(cached.depth?.cacheHit, true, "the depth map came from the cache");
});

test("an upload that made its job fail is kept in quarantine, longer than the job itself", async () => {
  const { client } = fixture;
  const noise = { width: 200, height: 150, channels: 3, noise: { type: "gaussian" } } as const;
  const background = { r: 0, g: 0, b: 0 };
  const options = { ...noise, background, noise: { ...noise.noise, mean: 128, sigma: 60 } };
  const png = await sharp({ create: options }).png().toBuffer();
  const data = png.indexOf("IDAT");
  png.fill(0x55, data + 40, data + 400);
  const created = await client.createJob(smallSpec(), { photo: upload(png) });
  const job = await untilEnded(client, created.name);
  assert.equal(job.state, JobState.JOB_STATE_FAILED);
  const kept = join(blobs, "quarantine", job.name.slice("jobs/".length));
  await eventually("the upload is in quarantine", () => isThere(join(kept, "facts.json")));
  await client.deleteJob(job.name);
  await sweepThoroughly();
  const sha256 = createHash("sha256").update(png).digest("hex");
  // A deletion that could not ask the catalogue yet is finished by a later pass.
  await eventually("the upload is gone", async () => !(await stored()).includes(sha256));
  assert.deepEqual(await readFile(join(kept, "photo")), png);
  const facts = JSON.parse(await readFile(join(kept, "facts.json"), "utf8"));
  assert.deepEqual([facts.stage, facts.reason], ["depth", "IMAGE_CORRUPT"]);
});

test("a job whose spec blob is missing or damaged is still shown, and so are the others", async () => {
  const { client } = fixture;
  const { name } = await client.createJobFromFiles(smallSpec("still"), { photo: SAMPLE });
  await untilEnded(client, name);
  const { bus, store } = await connectToMesh(fixture.mesh);
  const found = await store.read(name.slice("jobs/".length));
  await bus.close();
  assert.ok(found);
  const { specBlob } = found.record;
  const file = join(blobs, specBlob.slice(0, 2), specBlob);
  const setAside = join(blobs, "corrupt", specBlob);
  for (const spoil of [() => writeFile(file, '{"version": 1}'), () => rm(setAside)]) {
    await spoil();
    const { jobs } = await client.listJobs(1000, "");
    // A list reads no spec.
    assert.equal(jobs.find((job) => job.name === name)?.spec?.camera?.preset, "still");
    const job = await client.getJob(name);
    assert.deepEqual([job.state, job.spec], [JobState.JOB_STATE_SUCCEEDED, undefined]);
  }
});

test("an order without a job record is deleted", async () => {
  const { bus } = await connectToMesh(fixture.mesh);
  const order = { job: newId(), stage: "depth", generation: 0, orderId: newId() } as const;
  const { seq } = await publishOrder(bus, order, "normal");
  await eventually("it is gone", async () => {
    const { state } = await bus.manager.streams.info(workStream("depth"));
    return state.last_seq >= seq && state.messages === 0;
  });
  await bus.close();
});
