/**
 * One clip on many workers: the same packets whoever makes the segments, one segment lost with a
 * worker, and nothing of it seen by callers.
 */
import assert from "node:assert/strict";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { download } from "../cli/job-files.js";
import { SegmentIndex } from "../core/fragments/segment-index.js";
import { collect } from "../kit/rpc/chunks.js";
import { readTrace } from "../kit/telemetry/trace-files.js";
import { segmentIds } from "../pipeline/segments/segment-record.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { Container, JobSpec, Speed } from "../proto/gen/depthmesh/v1/spec.js";
import { decodeWarnings, probeVideo, videoPackets } from "../testing/encode/video.js";
import { eventually } from "../testing/eventually.js";
import { Failpoints } from "../testing/mesh/failpoints.js";
import {
  allEvents,
  connectToMesh,
  type Fixture,
  type MeshBus,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
  workerPid,
} from "../testing/mesh/fixture.js";
import { idOf, SegmentWatch, untilFilesGone } from "../testing/mesh/segment-watch.js";
import { tone } from "../testing/sound/tone.js";

/** Four segments of 24 frames. */
const FRAMES = 96;
const SEGMENTS = 4;
const SEGMENT_SECONDS = "2";

let fixture: Fixture;
let bus: MeshBus;
let failpoints: Failpoints;
let watch: SegmentWatch;

before(async () => {
  failpoints = await Failpoints.open();
  fixture = await startFixture({
    render: 2,
    encode: 2,
    environment: { ...failpoints.environment, DEPTHMESH_SEGMENT_SECONDS: SEGMENT_SECONDS },
  });
  bus = await connectToMesh(fixture.mesh);
  watch = new SegmentWatch(bus.store);
});
after(async () => {
  await watch.stop();
  await bus.bus.close();
  await fixture.close();
  await failpoints.close();
});

/** A clip of eight seconds in which no frame comes again. */
function clipSpec(): JobSpec {
  const spec = smallSpec();
  if (spec.clip) spec.clip.durationSeconds = FRAMES / 12;
  return spec;
}

async function fileOf(job: Job, artifact: string, { client, folder } = fixture): Promise<string> {
  const file = join(folder, `${idOf(job)}-${artifact}`);
  await download(client, job, artifact, file);
  return file;
}

/** The packets of each video of a job. */
async function packetsOf({ artifacts, ...job }: Job, from: Fixture): Promise<string[][]> {
  const packets: string[][] = [];
  for (const { name } of artifacts) {
    const file = await fileOf({ artifacts, ...job }, name.split("/").at(-1) ?? "", from);
    packets.push(await videoPackets(file));
  }
  return packets;
}

test("one worker and two make the same files, with one sound, and callers see one job", async () => {
  const outputs = [
    { container: Container.CONTAINER_MP4 },
    { container: Container.CONTAINER_MKV, repeat: 2 },
    { container: Container.CONTAINER_WEBM, speed: Speed.SPEED_FASTEST },
    { container: Container.CONTAINER_MOV },
  ];
  const sound = join(fixture.folder, "tone.wav");
  await writeFile(sound, tone(3));
  const spec = JobSpec.fromPartial({ ...clipSpec(), outputs });
  const files = { photo: SAMPLE, sound };
  const alone = await startFixture({ environment: { DEPTHMESH_SEGMENT_SECONDS: SEGMENT_SECONDS } });
  let one: string[][];
  try {
    const created = await alone.client.createJobFromFiles(spec, files);
    one = await packetsOf(await untilEnded(alone.client, created.name), alone);
  } finally {
    await alone.close();
  }
  const created = await fixture.client.createJobFromFiles(spec, files);
  const two = await untilEnded(fixture.client, created.name);
  assert.equal(two.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(two.error));
  assert.deepEqual(await packetsOf(two, fixture), one);
  assert.equal(watch.segmentsOf(two).length, SEGMENTS);
  for (const { name } of two.artifacts) {
    const id = name.split("/").at(-1) ?? "";
    const file = await fileOf(two, id);
    const repeats = id.endsWith(".mkv") ? 2 : 1;
    assert.equal(Number((await probeVideo(file)).nb_read_frames), repeats * FRAMES, id);
    // PCM in Matroska says nothing of its channels.
    const warnings = (await decodeWarnings(file)).replace(/^Guessed Channel Layout.*\n/gm, "");
    assert.equal(warnings, "", id);
  }
  assert.ok(two.artifacts.every(({ soundCodec }) => soundCodec !== ""));
  const { jobs } = await fixture.client.listJobs(10, "");
  assert.deepEqual(
    jobs.map(({ name }) => name),
    [two.name],
  );
  await watch.untilTidy();
  const events = await allEvents(bus.bus);
  assert.deepEqual(new Set(events.map(({ job }) => job)), new Set([idOf(two)]));
  const states = events.map(({ state }) => state);
  assert.deepEqual(states, ["QUEUED", "DEPTH", "RENDER", "ENCODE", "SUCCEEDED"]);
  const spans = readTrace(fixture.mesh.traces, two.traceId).map(({ name }) => name);
  const count = (name: string) => spans.filter((span) => span === name).length;
  assert.equal(count("encode"), SEGMENTS);
  assert.ok(count("join") >= outputs.length);
});

test("a follower gets the segments in order, early or late, and the file has their packets", async () => {
  const { client } = fixture;
  const { name } = await client.createJobFromFiles(clipSpec(), { photo: SAMPLE });
  const bytesOf = async () =>
    Buffer.from(await collect((await client.followFragments(name)).chunks));
  const early = bytesOf();
  await eventually("a segment is done", () => watch.encodesOf(name).some(({ done }) => done));
  const late = bytesOf();
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  const bytes = await early;
  assert.ok(bytes.equals(await late), "a late follower misses nothing");
  assert.ok(bytes.equals(await bytesOf()), "they are kept");
  const index = new SegmentIndex();
  index.push(bytes);
  assert.equal(index.frames, FRAMES);
  const followed = join(fixture.folder, "followed.mp4");
  await writeFile(followed, bytes);
  assert.equal(await decodeWarnings(followed), "");
  assert.deepEqual(
    await videoPackets(followed),
    await videoPackets(await fileOf(job, "video.mp4")),
  );
});

/** Kills the process that encodes a segment of the job shortly before its end. */
async function killLate(job: string, index: number): Promise<void> {
  const id = await eventually("the clip is divided", async () => {
    const division = watch.seen.get(job)?.division;
    return division && segmentIds(job, division)[index];
  });
  await failpoints.killAt("after-output-before-commit", { service: "encode", job: id });
}

test("a worker that is killed at the end of the clip costs one segment", async () => {
  const { client } = fixture;
  const { name } = await client.createJobFromFiles(clipSpec(), { photo: SAMPLE });
  await killLate(name.slice("jobs/".length), SEGMENTS - 1);
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  assert.deepEqual(await failpoints.unreached(), [], "the worker was killed");
  const tries = watch.segmentsOf(job).map(({ id }) => watch.taken.get(`${id}/encode`)?.size);
  assert.deepEqual(tries, [1, 1, 1, 2]);
  const file = await fileOf(job, "video.mp4");
  assert.equal((await probeVideo(file)).nb_read_frames, String(FRAMES));
  await watch.untilTidy();
});

test("a busy encoder that drains hands back its segment only", async () => {
  const { client } = fixture;
  const { name } = await client.createJobFromFiles(clipSpec(), { photo: SAMPLE });
  const holder = await eventually("a segment is encoded", async () => {
    const divided = watch.seen.get(name.slice("jobs/".length))?.division;
    return divided && watch.encodesOf(name).find(({ lease }) => lease)?.lease;
  });
  process.kill(workerPid(holder ?? assert.fail("nobody encodes")), "SIGTERM");
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  const tries = watch.segmentsOf(job).map(({ id }) => watch.taken.get(`${id}/encode`)?.size ?? 0);
  assert.ok(tries.reduce((sum, each) => sum + each - 1, 0) <= 1, `${tries}`);
  await watch.untilTidy();
});

test("a cancel reaches the segments, and what they have made is removed", async () => {
  const { client, mesh } = fixture;
  const point = "after-output-before-commit";
  const stop = await failpoints.stopAt(point, { service: "encode", after: 1 });
  const { name } = await client.createJobFromFiles(clipSpec(), { photo: SAMPLE });
  const letEncoderGoOn = await stop.reached();
  const made = await eventually("the other segments are made", () => {
    const made = watch.allOf(name).filter(({ state }) => state === "SUCCEEDED");
    return made.length === SEGMENTS - 1 && made;
  });
  const cancelled = await client.cancelJob(name);
  assert.equal(cancelled.state, JobState.JOB_STATE_CANCELLED);
  await watch.untilTidy();
  const record = (await bus.store.read(idOf({ name })))?.record;
  assert.deepEqual([record?.state, record?.stages.encode.order], ["CANCELLED", null]);
  await untilFilesGone(
    mesh,
    made.flatMap(({ artifacts }) => artifacts),
  );
  letEncoderGoOn();
});

test("when the file of a segment is lost, the segments are made again", async () => {
  const { client, mesh } = fixture;
  const { name } = await client.createJobFromFiles(clipSpec(), { photo: SAMPLE });
  const id = name.slice("jobs/".length);
  const sha256 = await eventually("a segment is made", () => {
    const made = [...watch.seen.values()].find(({ segmentOf, state }) => {
      return segmentOf === id && state === "SUCCEEDED";
    });
    return made?.artifacts[0]?.sha256;
  });
  const first = watch.seen.get(id)?.division?.id;
  const blobs = join(mesh.traces, "..", "blobs");
  const files = await readdir(blobs, { recursive: true });
  const lost = files.find((file) => file.endsWith(sha256)) ?? assert.fail("there is no such file");
  await rm(join(blobs, lost));
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  assert.notEqual(watch.seen.get(id)?.division?.id, first, "it was divided again");
  assert.ok(watch.seen.get(id)?.history.some(({ reason }) => reason === "BLOB_NOT_FOUND"));
  const file = await fileOf(job, "video.mp4");
  assert.equal((await probeVideo(file)).nb_read_frames, String(FRAMES));
  await watch.untilTidy();
});

test("small clips, and clips that cannot be cut, are made whole", async () => {
  const { client } = fixture;
  const outputs = [{ container: Container.CONTAINER_GIF }];
  const gif = JobSpec.fromPartial({ ...clipSpec(), outputs });
  for (const spec of [smallSpec(), gif]) {
    const { name } = await client.createJobFromFiles(spec, { photo: SAMPLE });
    const job = await untilEnded(client, name);
    assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
    assert.equal(watch.seen.get(idOf(job))?.division, undefined);
  }
});
