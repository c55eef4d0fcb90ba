/** Posters and strips of jobs, beside a video and alone, through a real mesh. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { download } from "../cli/job-files.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import {
  ArtifactKind,
  Camera,
  type JobSpec,
  LoopMode,
  Output,
  PosterFormat,
  StillOptions,
} from "../proto/gen/depthmesh/v1/spec.js";
import { lumaFrames, rmsDifference } from "../testing/encode/video.js";
import {
  type Fixture,
  longSpec,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
  untilProgress,
} from "../testing/mesh/fixture.js";

const { ARTIFACT_KIND_DEPTH, ARTIFACT_KIND_POSTER, ARTIFACT_KIND_STILL_STRIP } = ArtifactKind;
const SIZE = { width: 320, height: 214 };

let fixture: Fixture;
before(async () => {
  fixture = await startFixture();
});
after(() => fixture.close());

async function convert(change: Partial<JobSpec>, photo = SAMPLE): Promise<Job> {
  const { client } = fixture;
  const { name } = await client.createJobFromFiles({ ...smallSpec(), ...change }, { photo });
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  return job;
}

const namesOf = ({ artifacts }: Job) =>
  artifacts.map(({ name }) => name.slice(name.lastIndexOf("/") + 1)).sort();

async function fetch(job: Job, artifact: string): Promise<string> {
  const file = join(fixture.folder, `${job.name.slice(-8)}-${artifact}`);
  const { artifact: made } = await download(fixture.client, job, artifact, file);
  const { width, height, frames, mediaType } = made;
  if (artifact.endsWith(".png")) {
    const facts = await sharp(file).metadata();
    assert.deepEqual([facts.width, facts.height, mediaType], [width, height, "image/png"]);
    assert.equal(frames, 0);
  }
  return file;
}

/** 8-bit luma like ffmpeg's gray: BT.709, full range. */
async function luma(file: string, left: number): Promise<Buffer> {
  const weights: [number, number, number] = [0.2126, 0.7152, 0.0722];
  const rgb = await sharp(file)
    .extract({ left, top: 0, ...SIZE })
    .recomb([weights, weights, weights])
    .raw()
    .toBuffer();
  return Buffer.from(Array.from({ length: SIZE.width * SIZE.height }, (_, i) => rgb[3 * i] ?? 0));
}

test("the poster and the strip of a video show its frames", async () => {
  const job = await convert({
    outputs: [Output.fromPartial({})],
    artifacts: [ARTIFACT_KIND_POSTER, ARTIFACT_KIND_STILL_STRIP],
    stills: StillOptions.fromPartial({ posterTau: 0.25, stripCount: 3 }),
  });
  assert.deepEqual(namesOf(job), ["poster.png", "strip.png", "video.mp4"]);
  const { posterTau, stripCount } = job.spec?.stills ?? {};
  assert.deepEqual([posterTau, stripCount], [0.25, 3]);
  const frames = await lumaFrames(await fetch(job, "video.mp4"), SIZE.width, SIZE.height);
  const poster = await luma(await fetch(job, "poster.png"), 0);
  const strip = await fetch(job, "strip.png");
  const pictures: [Buffer, number][] = [[poster, 3]];
  for (const i of [0, 1, 2]) pictures.push([await luma(strip, i * SIZE.width), 4 * i]);
  for (const [picture, frame] of pictures) {
    const differences = frames.map((each) => rmsDifference(each, picture));
    assert.equal(differences.indexOf(Math.min(...differences)), frame, "the frame of that moment");
    assert.ok((differences[frame] ?? 99) < 4, `but for compression: ${differences[frame]}`);
  }
});

test("a job that makes only stills ends after render", async () => {
  const job = await convert({
    artifacts: [ARTIFACT_KIND_DEPTH, ARTIFACT_KIND_POSTER],
  });
  assert.deepEqual(namesOf(job), ["depth.png", "poster.png"]);
  assert.deepEqual([job.progress?.render, job.progress?.encode], [1, 0]);
  const { width, height } = await sharp(await fetch(job, "poster.png")).metadata();
  assert.deepEqual({ width, height }, SIZE);
  const states: JobState[] = [];
  for await (const { kind } of fixture.client.watchJob(job.name)) {
    if (kind?.$case === "stateChange") states.push(kind.value.state);
  }
  assert.ok(!states.includes(JobState.JOB_STATE_ENCODE), "encode takes no part");
});

test("a poster is a JPEG or a WebP if asked, and a lower quality makes it smaller", async () => {
  const sizes: number[] = [];
  for (const [posterFormat, posterQuality, name, format] of [
    [PosterFormat.POSTER_FORMAT_JPEG, 85, "poster.jpg", "jpeg"],
    [PosterFormat.POSTER_FORMAT_JPEG, 30, "poster.jpg", "jpeg"],
    [PosterFormat.POSTER_FORMAT_WEBP, undefined, "poster.webp", "webp"],
  ] as const) {
    const stills = StillOptions.fromPartial({
      posterFormat,
      ...(posterQuality !== undefined && { posterQuality }),
    });
    const job = await convert({ artifacts: [ARTIFACT_KIND_POSTER], stills });
    assert.deepEqual(namesOf(job), [name]);
    const [{ mediaType, sizeBytes } = assert.fail()] = job.artifacts;
    assert.equal(mediaType, `image/${format}`);
    const metadata = await sharp(await fetch(job, name)).metadata();
    assert.deepEqual([metadata.format, metadata.width], [format, SIZE.width]);
    sizes.push(sizeBytes);
  }
  const [high = 0, low = 0] = sizes;
  assert.ok(low < 0.6 * high, `${low} of ${high} bytes`);
});

/** A white photo with a blue square in its upper right corner. */
async function cornerPhoto(): Promise<string> {
  const file = join(fixture.folder, "corner.png");
  const square = { width: 90, height: 60, channels: 3, background: "#0000ff" } as const;
  const white = { width: 600, height: 400, channels: 3, background: "#ffffff" } as const;
  await sharp({ create: white })
    .composite([{ input: { create: square }, left: 510, top: 0 }])
    .png()
    .toFile(file);
  return file;
}

test("a push-in goes to the corner that its target names, and shows nothing beyond it", async () => {
  const photo = await cornerPhoto();
  const spec = smallSpec("push-in");
  spec.camera = Camera.fromPartial({
    preset: "push-in",
    loop: LoopMode.LOOP_MODE_ONCE,
    target: { x: 1.3, y: 0.85 },
    mirror: false,
  });
  spec.artifacts = [ARTIFACT_KIND_STILL_STRIP];
  const job = await convert(spec, photo);
  const pixels = await sharp(await fetch(job, "strip.png"))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = pixels.info;
  const blue = [0, 0, 0, 0];
  for (let i = 0; i < width * height; i++) {
    const [red = 0, , inBlue = 0] = pixels.data.subarray(3 * i, 3 * i + 3);
    assert.ok(inBlue > 200, "white and blue, without the black beyond the edge");
    const still = Math.floor((4 * (i % width)) / width);
    if (red < 128) blue[still] = 1 + (blue[still] ?? 0);
  }
  const shares = blue.map((count) => count / (SIZE.width * SIZE.height));
  assert.ok(Math.abs((shares[0] ?? 0) - 0.0225) < 0.002, "the clip begins with the whole photo");
  assert.ok(
    shares.every((share, i) => i === 0 || share > (shares[i - 1] ?? 1)),
    `${shares}`,
  );
  assert.ok((shares[3] ?? 0) > 0.05, `at the end the corner is large: ${shares}`);
});

test("a poster that a killed renderer has made is kept and not made again", async () => {
  const { client, mesh } = fixture;
  const spec = longSpec();
  if (spec.clip) spec.clip.durationSeconds = 3;
  spec.outputs = [Output.fromPartial({})];
  spec.artifacts = [ARTIFACT_KIND_POSTER];
  const { name } = await client.createJobFromFiles(spec, { photo: SAMPLE });
  await untilProgress(client, name, "encode", 0.05);
  const [early] = (await client.getJob(name)).artifacts;
  assert.ok(early?.name.endsWith("poster.png"), "the poster is available while the video is made");
  process.kill(mesh.children("render")[0]?.pid ?? assert.fail("it runs"), "SIGKILL");
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  assert.deepEqual(namesOf(job), ["poster.png", "video.mp4"]);
  assert.equal(job.artifacts[0]?.sha256, early?.sha256);
});

for (const [what, stills] of [
  ["poster_tau", { posterTau: 1.1 }],
  ["poster_tau", { posterTau: Number.NaN }],
  ["strip_count", { stripCount: 1 }],
  ["strip_count", { stripCount: 17 }],
] as const) {
  test(`${what} of ${Object.values(stills)} is refused`, async () => {
    const spec = { ...smallSpec(), stills: StillOptions.fromPartial(stills) };
    await assert.rejects(fixture.client.createJobFromFiles(spec, { photo: SAMPLE }), {
      reason: "PARAMETER_OUT_OF_RANGE",
    });
  });
}
