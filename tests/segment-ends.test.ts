/**
 * Whatever ends a divided clip early reaches its segments; a gateway that dies while it makes them
 * finishes after its start; and segments that do not fit together become one clip made whole.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { download } from "../cli/job-files.js";
import { isTerminal, type JobRecord, withStage } from "../pipeline/record/record.js";
import { updateRecord } from "../pipeline/record/store.js";
import { segmentIds } from "../pipeline/segments/segment-record.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { probeVideo } from "../testing/encode/video.js";
import { eventually, succeeds } from "../testing/eventually.js";
import { Failpoints } from "../testing/mesh/failpoints.js";
import {
  connectToMesh,
  type Fixture,
  type MeshBus,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
} from "../testing/mesh/fixture.js";
import { idOf, SegmentWatch, untilFilesGone } from "../testing/mesh/segment-watch.js";

const SEGMENTS = 3;
const FRAMES = 12 * SEGMENTS;
/** On a busy machine. */
const WITHIN_MS = 90_000;

let failpoints: Failpoints;
let fixture: Fixture;
let bus: MeshBus;
let watch: SegmentWatch;

before(async () => {
  failpoints = await Failpoints.open();
  fixture = await startFixture({
    environment: {
      ...failpoints.environment,
      DEPTHMESH_SEGMENT_SECONDS: "1",
      DEPTHMESH_MAINTENANCE_MS: "1000",
    },
  });
  bus = await connectToMesh(fixture.mesh);
  watch = new SegmentWatch(bus.store);
});
after(async () => {
  await watch?.stop();
  await bus?.bus.close();
  await fixture?.close();
  await failpoints?.close();
});

/** Starts a clip in which no frame comes again, of a second for each segment. */
async function start(): Promise<string> {
  const spec = smallSpec();
  if (spec.clip) spec.clip.durationSeconds = SEGMENTS;
  return (await fixture.client.createJobFromFiles(spec, { photo: SAMPLE })).name;
}

/** A clip of which all segments but one are made; the encoder stands still before its end. */
async function halfMade(): Promise<{ name: string; letEncoderGoOn: () => void }> {
  const point = "after-output-before-commit";
  const stop = await failpoints.stopAt(point, { service: "encode", after: SEGMENTS - 1 });
  const name = await start();
  const letEncoderGoOn = await stop.reached(WITHIN_MS);
  const areMade = () => watch.encodesOf(name).filter(({ done }) => done).length === SEGMENTS - 1;
  await eventually("the watch sees the other segments", areMade);
  return { name, letEncoderGoOn };
}

/** The records of the job's segments go, and then their files. */
async function untilNothingLeft(name: string): Promise<void> {
  await watch.untilTidy();
  const made = watch.allOf(name).flatMap(({ artifacts }) => artifacts);
  assert.equal(made.length, SEGMENTS - 1);
  await untilFilesGone(fixture.mesh, made);
}

test("the deadline of a job ends its segments", async () => {
  const { name, letEncoderGoOn } = await halfMade();
  // As if the caller had set it to this moment.
  const deadlineAtMs = Date.now();
  await updateRecord(bus.store, idOf({ name }), (record) => ({ ...record, deadlineAtMs }));
  const job = await untilEnded(fixture.client, name);
  assert.equal(job.state, JobState.JOB_STATE_FAILED);
  assert.match(job.error?.message ?? "", /deadline/);
  await untilNothingLeft(name);
  letEncoderGoOn();
});

test("a job that is cancelled and deleted at once leaves no segment", async () => {
  const { client } = fixture;
  const { name, letEncoderGoOn } = await halfMade();
  await client.cancelJob(name);
  await client.deleteJob(name);
  await assert.rejects(client.getJob(name), { reason: "JOB_NOT_FOUND" });
  await untilNothingLeft(name);
  letEncoderGoOn();
});

test("a gateway that is killed while it makes the segments makes the others when it is back", async () => {
  const name = await start();
  const id = idOf({ name });
  await failpoints.killAt("after-segment-before-publish", { job: id, after: 1 });
  const state = await eventually(
    "the job ends",
    async () => {
      const found = await bus.store.read(id);
      return found && isTerminal(found.record) && found.record.state;
    },
    WITHIN_MS,
  );
  assert.equal(state, "SUCCEEDED");
  assert.deepEqual(await failpoints.unreached(), [], "the gateway was killed");
  const isBack = () => succeeds(fixture.client.getJob(name));
  await eventually("the gateway is back", isBack, WITHIN_MS);
  const segments = watch.allOf(name);
  assert.equal(segments.length, SEGMENTS);
  for (const segment of segments) {
    assert.equal(watch.taken.get(`${segment.id}/encode`)?.size, 1, "it is made once");
  }
  await watch.untilTidy();
});

/** A version without segments would make the whole clip of each. */
function ofWrongLength(segment: JobRecord): JobRecord | undefined {
  const { output } = segment.stages.encode;
  if (segment.state !== "SUCCEEDED" || output === null) return undefined;
  const frames = { ...(output as object), frames: FRAMES };
  return withStage(segment, "encode", { output: frames });
}

test("segments of the wrong length are not joined: the clip is made whole", async () => {
  const { client, folder } = fixture;
  const name = await start();
  const id = idOf({ name });
  const first = await eventually(
    "the first segment is made",
    async () => {
      const division = watch.seen.get(id)?.division;
      const [segment = ""] = division ? segmentIds(id, division) : [];
      return watch.seen.get(segment)?.state === "SUCCEEDED" && segment;
    },
    WITHIN_MS,
  );
  await updateRecord(bus.store, first || assert.fail("no segment"), ofWrongLength);
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  const record = watch.seen.get(id) ?? assert.fail("no record");
  assert.equal(record.undivided, true);
  assert.equal(record.division, undefined);
  assert.ok(record.history.some(({ reason }) => reason === "ENCODER_CRASHED"));
  const file = join(folder, "whole.mp4");
  await download(client, job, "video.mp4", file);
  assert.equal((await probeVideo(file)).nb_read_frames, String(FRAMES));
  await watch.untilTidy();
});
