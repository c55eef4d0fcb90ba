/**
 * Jobs in a real mesh from photo to video: the file, its frames, its trace, and the job's record.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { download } from "../cli/job-files.js";
import { PRESET_NAMES } from "../core/scene/presets.js";
import { readTrace } from "../kit/telemetry/trace-files.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import {
  ArtifactKind,
  Container,
  Easing,
  FitMode,
  JobSpec,
  LoopMode,
  Quality,
} from "../proto/gen/depthmesh/v1/spec.js";
import { isFastStart, lumaFrames, probeVideo, rmsDifference } from "../testing/encode/video.js";
import {
  type Fixture,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
} from "../testing/mesh/fixture.js";

let fixture: Fixture;
before(async () => {
  fixture = await startFixture();
});
after(() => fixture.close());

async function convert(spec: JobSpec, file: string): Promise<Job> {
  const { client } = fixture;
  const { name } = await client.createJobFromFiles(spec, { photo: SAMPLE });
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  const video = job.artifacts.find(({ output }) => output === 0);
  if (video) await download(client, job, video.name.split("/").at(-1) ?? "", file);
  return job;
}

test("a photo becomes 90 frames of tagged H.264, and the job is one trace", async () => {
  const file = join(fixture.folder, "default.mp4");
  const spec = JobSpec.fromPartial({
    clip: { width: 640 },
    outputs: [{}],
    artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH],
  });
  const job = await convert(spec, file);
  const facts = await probeVideo(file);
  assert.deepEqual(
    {
      codec: facts.codec_name,
      format: facts.pix_fmt,
      size: [facts.width, facts.height],
      frames: facts.nb_read_frames,
      rate: facts.r_frame_rate,
      color: [facts.color_space, facts.color_transfer, facts.color_primaries, facts.color_range],
    },
    {
      codec: "h264",
      format: "yuv420p",
      size: [640, 426],
      frames: "90",
      rate: "30/1",
      color: ["bt709", "bt709", "bt709", "tv"],
    },
  );
  assert.ok(isFastStart(await readFile(file)));
  await assertLoops(file, facts.width, facts.height);
  await assertDepthMap(job);
  await assertOneTrace(job);
});

async function assertLoops(file: string, width: number, height: number): Promise<void> {
  const frames = await lumaFrames(file, width, height);
  const steps = frames.map((frame, i) =>
    rmsDifference(frame, frames[(i + 1) % frames.length] ?? frame),
  );
  const closing = steps.at(-1) ?? Number.NaN;
  const largest = Math.max(...steps.slice(0, -1));
  assert.ok(Math.min(...steps) > 0.2, "every frame differs from the one before");
  assert.ok(closing <= largest * 1.25, `the loop closes: ${closing} against ${largest}`);
}

async function assertDepthMap(job: Job): Promise<void> {
  const file = join(fixture.folder, "depth.png");
  await download(fixture.client, job, "depth.png", file);
  const { depth, channels, width, height } = await sharp(file).metadata();
  assert.deepEqual([depth, channels, width, height], ["ushort", 1, 600, 400]);
  const { data, info } = await sharp(file)
    .toColourspace("grey16")
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  const samples = new Uint16Array(data.buffer, data.byteOffset, info.width * info.height);
  const at = (x: number, y: number) => samples[y * info.width + x] ?? 0;
  assert.ok(at(300, 150) > at(20, 20) + 20_000, "the cup is nearer than the far corner");
}

async function assertOneTrace(job: Job): Promise<void> {
  const spans = readTrace(fixture.mesh.traces, job.traceId);
  const services = new Set(spans.map((span) => span.service));
  assert.deepEqual([...services].sort(), [
    "depthmesh-depth",
    "depthmesh-encode",
    "depthmesh-gateway",
    "depthmesh-render",
  ]);
  const known = new Set(spans.map((span) => span.spanId));
  const roots = spans.filter((span) => span.parentId === null);
  assert.deepEqual(
    roots.map((span) => span.name),
    ["upload"],
  );
  // The span "process render" ends last, after render has seen the job's end: its child spans may
  // name
  // a parent that is not written yet.
  const names = new Set(spans.map((span) => span.name));
  for (const name of ["publish depth", "process depth", "decode", "infer", "refine", "store"]) {
    assert.ok(names.has(name), name);
  }
  for (const name of ["publish render", "build mesh", "publish encode", "render", "encode"]) {
    assert.ok(names.has(name), name);
  }
  const orphans = spans.filter((span) => span.parentId !== null && !known.has(span.parentId));
  const pending = new Set(["pull", "build mesh", "publish encode", "process encode", "encode"]);
  for (const orphan of orphans) assert.ok(pending.has(orphan.name), `orphan ${orphan.name}`);
  const text = JSON.stringify(spans);
  assert.ok(!text.includes("coffee"), "no file name in the trace");
}

for (const preset of PRESET_NAMES) {
  test(`preset ${preset}: moves, returns to its first frame, and leaves no hole`, async () => {
    // Lossless, because the key frames of a lossy codec differ from the frames around them.
    const file = join(fixture.folder, `${preset}.mkv`);
    const outputs = [{ container: Container.CONTAINER_MKV }];
    await convert(JobSpec.fromPartial({ ...smallSpec(preset), outputs }), file);
    const frames = await lumaFrames(file, 320, 214);
    assert.equal(frames.length, 12);
    const first = frames[0] ?? Buffer.alloc(0);
    const moved = Math.max(...frames.map((frame) => rmsDifference(first, frame)));
    if (preset === "still") {
      assert.equal(moved, 0);
      await assertIsPhoto(first);
    } else {
      assert.ok(moved > 3, `${preset} moved by only ${moved}`);
    }
  });
}

/** `still` is the resized photo itself, without a camera movement. */
async function assertIsPhoto(frame: Uint8Array): Promise<void> {
  // ffmpeg's gray has full range, converted from Y' in 16 to 235.
  const plain = await sharp(SAMPLE)
    .resize(320, 214, { fit: "fill" })
    .recomb([
      [0.2126, 0.7152, 0.0722],
      [0.2126, 0.7152, 0.0722],
      [0.2126, 0.7152, 0.0722],
    ])
    .raw()
    .toBuffer();
  const gray = Buffer.from(Array.from({ length: 320 * 214 }, (_, i) => plain[3 * i] ?? 0));
  const difference = rmsDifference(frame, gray);
  assert.ok(difference < 6, `still differs from the photo by ${difference} levels`);
}

test("values, motions and a one-way camera are returned in the job and are visible in the frames", async () => {
  const file = join(fixture.folder, "once.mp4");
  const keyframes = [
    { tau: 0, value: 1, easing: Easing.EASING_LINEAR },
    { tau: 1, value: 0.5 },
  ];
  const motions = [
    { parameter: "camera.zoom", kind: { $case: "keyframes" as const, value: { keyframes } } },
  ];
  const small = smallSpec("still");
  const job = await convert(
    JobSpec.fromPartial({
      ...small,
      camera: { preset: "still", loop: LoopMode.LOOP_MODE_ONCE, holdStartSeconds: 0.25, invert: 1 },
      clip: { ...small.clip, fit: FitMode.FIT_MODE_FIT },
      quality: Quality.QUALITY_BALANCED,
      motions,
    }),
    file,
  );
  assert.equal(job.spec?.camera?.holdStartSeconds, 0.25);
  assert.equal(job.spec.camera.invert, 1);
  assert.equal(job.spec.motions[0]?.parameter, "camera.zoom");
  const { width, height } = await probeVideo(file);
  // The sample and the video have the aspect ratio 3:2.
  assert.deepEqual([width, height], [320, 214]);
  const frames = await lumaFrames(file, width, height);
  const steps = frames
    .slice(1)
    .map((frame, i) => rmsDifference(frame, frames[i] ?? Buffer.alloc(0)));
  assert.ok(Math.max(...steps.slice(0, 3)) < 1.5, "held");
  assert.ok(Math.min(...steps.slice(3)) > 3, "then every frame moves up to the last");
  assert.deepEqual((await fixture.client.listJobs(1, "")).jobs[0]?.spec?.motions, []);
});

test("a job with artifacts but no outputs ends after the depth stage", async () => {
  const spec = JobSpec.fromPartial({ artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH] });
  const job = await convert(spec, "");
  assert.deepEqual(
    job.artifacts.map((artifact) => artifact.name.split("/").at(-1)),
    ["depth.png"],
  );
  assert.equal(job.progress?.render, 0);
});

test("WatchJob replays events from any number on, and ListJobs lists the newest job first", async () => {
  const { client } = fixture;
  const job = await convert(smallSpec("still"), join(fixture.folder, "watched.mp4"));
  const numbers: number[] = [];
  for await (const event of client.watchJob(job.name, 2)) {
    if (event.kind?.$case === "stateChange") numbers.push(event.number);
  }
  assert.deepEqual(numbers, [3, 4, 5]);
  const { jobs } = await client.listJobs(2, "");
  assert.equal(jobs.length, 2);
  assert.equal(jobs[0]?.name, job.name);
});
