/**
 * Two gateways over one store, in a real mesh with the object store of nats-server: what one has
 * acknowledged outlives it, the other goes on, nothing is lost and nothing comes twice.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DepthmeshClient } from "../client/client.js";
import { followJob } from "../client/follow-job.js";
import { followLive } from "../client/follow-live.js";
import { readArtifact } from "../client/read-artifact.js";
import { uploadFile } from "../client/upload-file.js";
import { DepthmeshError } from "../core/errors.js";
import { RemoteBlobs } from "../kit/blobs/remote.js";
import { collect } from "../kit/rpc/chunks.js";
import { Patience } from "../kit/rpc/patience.js";
import { parseJobName } from "../pipeline/record/id.js";
import type { JobRecord } from "../pipeline/record/record.js";
import { STAGES } from "../pipeline/stages.js";
import { type Job, JobStage, JobState } from "../proto/gen/depthmesh/v1/job.js";
import {
  type Upload,
  UploadServiceService,
  type WriteUploadRequest,
} from "../proto/gen/depthmesh/v1/upload_service.js";
import { blobsIn } from "../services/gateway/maintenance/blob-references.js";
import { eventually } from "../testing/eventually.js";
import {
  allEvents,
  connectToMesh,
  type Fixture,
  type MeshBus,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEncodersKnown,
  untilEnded,
} from "../testing/mesh/fixture.js";
import { data, finish, header } from "../testing/uploads/write-messages.js";

const MIB = 2 ** 20;

let fixture: Fixture;
let bus: MeshBus;
/** Of all gateways, and of each. */
let all: DepthmeshClient;
let each: DepthmeshClient[];
before(async () => {
  fixture = await startFixture({
    gateways: 2,
    // A killed gateway must not be back before the other has taken over.
    maxRestartDelayMs: 3_000,
    environment: { DEPTHMESH_MAINTENANCE_MS: "500", DEPTHMESH_SWEEP_MS: "1000" },
  });
  bus = await connectToMesh(fixture.mesh);
  all = new DepthmeshClient(fixture.mesh.addressesOf("grpc"));
  each = gateways().map(({ address }) => new DepthmeshClient(address));
  await untilEncodersKnown(all);
});
after(async () => {
  for (const client of [all, ...(each ?? [])]) client?.close();
  await bus?.bus.close();
  await fixture?.close();
});

const gateways = () => fixture.mesh.children("gateway");
const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function gateway(index: 0 | 1) {
  const [child, client] = [gateways()[index], each[index]];
  assert.ok(child && client);
  return { child, client };
}

/** Ends a gateway's process and resolves when the next one serves at the same address. */
async function end(index: 0 | 1, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  const { child } = gateway(index);
  const before = child.pid ?? assert.fail("it does not run");
  process.kill(before, signal);
  await eventually("its process has ended", () => child.pid !== before);
  await eventually("another one runs", () => child.pid !== undefined);
  await child.untilServing();
}

/** As a client does that wants one job: the same call again, until somebody answers. */
async function create(requestId: string, preset = "circle", client = all): Promise<Job> {
  const patience = new Patience({});
  for (;;) {
    try {
      return await client.createJobFromFiles(smallSpec(preset), { photo: SAMPLE }, requestId);
    } catch (error) {
      if (!(error instanceof DepthmeshError)) throw error;
      await patience.after(error);
    }
  }
}

async function recordOf({ name }: Job): Promise<JobRecord> {
  const found = await bus.store.read(parseJobName(name));
  return found?.record ?? assert.fail(`${name} has no record`);
}

/** The numbers of the state changes that a follower is told, to the end of the job. */
async function followed({ name }: Job): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { kind, number } of followJob(all, name)) {
    if (kind?.$case === "stateChange") numbers.push(number);
  }
  return numbers;
}

/** For its followers no event of a job is missing, and none comes twice. */
async function assertToldAll(jobs: Job[], following: Promise<number[]>[]): Promise<void> {
  const told = await Promise.all(following);
  const records = await Promise.all(jobs.map(recordOf));
  const numbers = records.map(({ history }) => history.map(({ number }) => number));
  assert.deepEqual(told, numbers);
}

/** The bytes of the job's video while it is encoded. */
async function live({ name }: Job): Promise<Buffer> {
  let parts: Uint8Array[] = [];
  for await (const part of followLive(all, name)) {
    if (part.kind === "start") parts = [];
    else parts.push(part.bytes);
  }
  return Buffer.concat(parts);
}

/** Reads a stored file again and again, each to its end over broken calls, until `over`. */
async function readAgainAndAgain(name: string, over: AbortSignal): Promise<Set<string>> {
  const hashes = new Set<string>();
  while (!over.aborted) {
    const { chunks } = await readArtifact(all, name);
    hashes.add(sha256Of(await collect(chunks)));
  }
  return hashes;
}

/** Each job ended well, by one attempt of each stage, and was announced once. */
async function assertNothingLost(jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) {
    const record = await recordOf(job);
    assert.equal(record.state, "SUCCEEDED", JSON.stringify(record.error));
    const counts = STAGES.map((stage) => record.stages[stage]);
    assert.ok(counts.every(({ attempts, crashes }) => attempts === 0 && crashes === 0));
    const numbers = record.history.map(({ number }) => number);
    const told = await eventually("its events are published", async () => {
      const events = (await allEvents(bus.bus)).filter((event) => event.job === record.id);
      return events.length >= numbers.length && events.map(({ number }) => number);
    });
    assert.deepEqual(told, numbers);
  }
}

test("a request that is sent to both gateways at once creates one job, and uses one job's quota", async () => {
  const used = async () =>
    (await fixture.admin.getTenantQuota("default")).usage?.pixelFrames ?? assert.fail("no usage");
  const [one, two] = [gateway(0).client, gateway(1).client];
  const jobs = await Promise.all([create("same", "circle", one), create("same", "circle", two)]);
  assert.equal(new Set(jobs.map(({ name }) => name)).size, 1);
  const [job] = jobs;
  assert.equal((await untilEnded(two, job.name)).state, JobState.JOB_STATE_SUCCEEDED);
  const { work } = await recordOf(job);
  const cost = work?.pixelFrames ?? assert.fail("the work is known");
  await eventually("one job is counted", async () => (await used()) === cost);
  const retry = (client: DepthmeshClient) =>
    client.retryJob(job.name, JobStage.JOB_STAGE_ENCODE, "again");
  const retried = await Promise.all([one, two, one, two].map(retry));
  assert.equal(new Set(retried.map(({ name }) => name)).size, 1);
  await untilEnded(one, retried[0]?.name ?? "");
  await eventually("two jobs are counted", async () => (await used()) === 2 * cost);
  const page = await one.listJobs(1, "");
  assert.equal((await two.listJobs(1, page.nextPageToken)).jobs.length, 1, "tokens fit both");
});

test("a gateway that is killed loses nothing, and the other goes on with everything", async () => {
  const early = await create("early");
  const ended = await untilEnded(all, early.name);
  const [artifact] = ended.artifacts.filter(({ name }) => name.endsWith(".mp4"));
  const over = new AbortController();
  const reading = readAgainAndAgain(artifact?.name ?? assert.fail("no video"), over.signal);

  const bytes = randomBytes(14 * MIB + 321);
  const file = join(fixture.folder, "large");
  await writeFile(file, bytes);
  let reached = () => {};
  const isHalf = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const committed: number[] = [];
  const uploading = uploadFile(all, file, {
    partBytes: MIB,
    onProgress: async ({ committedSizeBytes }) => {
      committed.push(committedSizeBytes);
      if (committedSizeBytes > 5 * MIB) reached();
    },
  });
  const jobs = await Promise.all(["a", "b", "c"].map((id) => create(`killed-${id}`)));
  const following = jobs.map(followed);
  const playing = jobs.map(live);
  const lateJobs = ["d", "e", "f"].map((id) => create(`killed-${id}`));
  await isHalf;
  // Clients use the first gateway that answers; workers are spread over both.
  await end(0, "SIGKILL");
  const created = [...jobs, ...(await Promise.all(lateJobs))];
  assert.equal(new Set(created.map(({ name }) => name)).size, 6);
  await assertToldAll(jobs, following);
  for (const [index, video] of (await Promise.all(playing)).entries()) {
    const { stages } = await recordOf(jobs[index] ?? early);
    assert.ok(JSON.stringify(stages.encode.output).includes(sha256Of(video)), "all fragments");
  }
  await Promise.all(created.map(({ name }) => untilEnded(all, name)));
  await assertNothingLost(created);
  const upload = await uploading;
  assert.deepEqual([upload.finished, upload.sha256], [true, sha256Of(bytes)]);
  assert.deepEqual(
    committed,
    [...committed].sort((a, b) => a - b),
    "nothing acknowledged is lost",
  );
  over.abort();
  assert.deepEqual([...(await reading)].length, 1);
});

test("a gateway that starts clears nothing of the other", async () => {
  const { client } = gateway(1);
  const bytes = randomBytes(6 * MIB);
  const begin = (): Promise<Upload> =>
    client.call(UploadServiceService.createUpload, { sizeBytes: bytes.length, requestId: "" });
  const { name } = await begin();
  const half = bytes.length / 2;
  let goOn = () => {};
  const isRestarted = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  async function* messages(): AsyncGenerator<WriteUploadRequest> {
    yield header(name, 0);
    for (let at = 0; at < bytes.length; at += 256 * 1024) {
      if (at === half) await isRestarted;
      yield data(bytes.subarray(at, at + 256 * 1024));
    }
    yield finish(sha256Of(bytes));
  }
  const writing = client.channel.clientStream(UploadServiceService.writeUpload, messages());
  await end(0, "SIGKILL");
  goOn();
  const written = await writing;
  assert.deepEqual([written.finished, written.sha256], [true, sha256Of(bytes)]);
});

test("a rolling restart loses nothing", async () => {
  const bytes = randomBytes(5 * MIB + 77);
  const file = join(fixture.folder, "rolling");
  await writeFile(file, bytes);
  const uploading = uploadFile(all, file, { partBytes: 256 * 1024 });
  const jobs = await Promise.all(["a", "b", "c"].map((id) => create(`rolling-${id}`)));
  const following = jobs.map(followed);
  await end(0, "SIGTERM");
  await end(1, "SIGTERM");
  await assertToldAll(jobs, following);
  await assertNothingLost(jobs);
  assert.equal((await uploading).sha256, sha256Of(bytes));
});

test("a job that is deleted at one gateway is gone at the other, with what no other job has", async () => {
  const [one, two] = [gateway(0).client, gateway(1).client];
  const doomed = await create("doomed", "orbital", one);
  await untilEnded(one, doomed.name);
  const record = await recordOf(doomed);
  const kept = await create("kept", "dolly", one);
  await two.deleteJob(doomed.name);
  await assert.rejects(one.getJob(doomed.name), { reason: "JOB_NOT_FOUND" });
  assert.equal((await untilEnded(two, kept.name)).state, JobState.JOB_STATE_SUCCEEDED);
  const blobs = new RemoteBlobs(fixture.mesh.internalAddress, { access: fixture.mesh.access.mesh });
  const [artifact] = record.artifacts.filter(({ name }) => name.endsWith(".mp4"));
  const missing = await blobs.hold(blobsIn(record));
  assert.ok(missing.includes(artifact?.sha256 ?? ""), "its video is gone");
  assert.ok(!missing.includes(record.photoBlob), "the photo is another job's too");
  await two.deleteJob(kept.name);
  // The photo goes with its last job.
  const others = await two.listJobs(50, "");
  for (const { name } of others.jobs) await one.deleteJob(name);
  assert.deepEqual(await blobs.hold([record.photoBlob]), [record.photoBlob]);
  blobs.close();
});

test("two gateways over files are refused, with the setting that helps", async () => {
  const refused = startFixture({
    ...{ gateways: 2, depth: 0, render: 0, encode: 0 },
    environment: { DEPTHMESH_BLOB_STORE: "file" },
  });
  await assert.rejects(refused, (error: Error) => {
    assert.match(error.message, /DEPTHMESH_BLOB_STORE/);
    return true;
  });
});
