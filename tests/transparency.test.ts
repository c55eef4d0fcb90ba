/** A photo's transparency through a whole mesh, into every kind of output that holds it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import sharp from "sharp";
import { download } from "../cli/job-files.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import {
  ArtifactKind,
  CachePolicy,
  Codec,
  Container,
  type DeepPartial,
  JobSpec,
  type Output,
  PosterFormat,
  StillOptions,
  Transparency,
} from "../proto/gen/depthmesh/v1/spec.js";
import { rawFrames } from "../testing/encode/video.js";
import {
  type Fixture,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
} from "../testing/mesh/fixture.js";

const run = promisify(execFile);
const { ARTIFACT_KIND_POSTER } = ArtifactKind;
const { TRANSPARENCY_KEEP: KEEP } = Transparency;

let fixture: Fixture;
let disk: string;
before(async () => {
  fixture = await startFixture();
  disk = join(fixture.folder, "disk.png");
  await writeFile(disk, await diskPhoto(255));
});
after(() => fixture.close());

const SIDE = 256;
const COLOR = [200, 60, 40];

/** A disk of one color with `alpha` on a transparent ground that contains another color. */
function diskPhoto(alpha: number): Promise<Buffer> {
  const rgba = Buffer.alloc(4 * SIDE * SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const distance = Math.hypot((i % SIDE) - SIDE / 2, Math.floor(i / SIDE) - SIDE / 2);
    const isInside = distance < 0.35 * SIDE;
    rgba.set(isInside ? [...COLOR, alpha] : [0, 255, 0, 0], 4 * i);
  }
  return sharp(rgba, { raw: { width: SIDE, height: SIDE, channels: 4 } })
    .png()
    .toBuffer();
}

async function convert(photo: string, changes: DeepPartial<JobSpec>): Promise<Job> {
  const { client } = fixture;
  const spec = JobSpec.fromPartial({ ...smallSpec(), ...changes });
  const { name } = await client.createJobFromFiles(spec, { photo });
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  return job;
}

/** The artifact's first picture as RGBA, and its width. */
async function picture(job: Job, name: string): Promise<{ pixels: Buffer; width: number }> {
  const folder = join(fixture.folder, job.name.replace("/", "-"));
  await mkdir(folder, { recursive: true });
  let file = join(folder, name);
  await download(fixture.client, job, name, file);
  const artifact = job.artifacts.find((each) => each.name.endsWith(`/${name}`));
  const { width, height } = artifact ?? assert.fail(`${name} exists`);
  if (name.endsWith(".tar")) {
    await run("tar", ["-xf", file, "-C", folder]);
    file = join(folder, "poster-of-tar.png");
    await rename(join(folder, "00001.png"), file);
  }
  if (/webp|png|jpg$/.test(file) && !file.endsWith(".apng")) {
    return { pixels: await sharp(file, { page: 0 }).ensureAlpha().raw().toBuffer(), width };
  }
  const isVideo = /mp4|mov|webm$/.test(file);
  const filters = isVideo ? "scale=in_color_matrix=bt709" : "null";
  // ffmpeg's own decoder of VP9 leaves out the alpha.
  const decoder = file.endsWith(".webm") ? "libvpx-vp9" : undefined;
  const frameBytes = 4 * width * height;
  const frames = await rawFrames(file, "rgba", frameBytes, filters, decoder);
  const pixels = frames.at(-1) ?? Buffer.alloc(0);
  return { pixels, width };
}

/** RGBA in the corner and in the middle of the frame. */
async function samples(job: Job, name: string): Promise<{ corner: number[]; middle: number[] }> {
  const { pixels, width } = await picture(job, name);
  const middleAt = pixels.length / 2 + 2 * width;
  const at = (offset: number) => [...pixels.subarray(offset, offset + 4)];
  return { corner: at(4 * (3 * width + 3)), middle: at(middleAt) };
}

function assertNear(actual: readonly number[], expected: readonly number[], what: string): void {
  assert.ok(
    expected.every((value, i) => Math.abs((actual[i] ?? -99) - value) <= 12),
    `${what}: ${actual}, not ${expected}`,
  );
}

const CLEAR_CORNERS = [
  ...["video.webp", "video.apng", "video.mov", "video.tar", "video.gif", "video.webm"],
];
const OUTPUTS: readonly DeepPartial<Output>[] = [
  { container: Container.CONTAINER_WEBP },
  { container: Container.CONTAINER_APNG },
  { container: Container.CONTAINER_MOV, codec: Codec.CODEC_PRORES },
  { container: Container.CONTAINER_PNG_TAR },
  { container: Container.CONTAINER_GIF, transparency: KEEP },
  { container: Container.CONTAINER_WEBM, transparency: KEEP, repeat: 2 },
  { container: Container.CONTAINER_MP4 },
];

test("every output that can keeps the photo's transparency, the others show it over white", async () => {
  const job = await convert(disk, {
    outputs: [...OUTPUTS],
    artifacts: [ARTIFACT_KIND_POSTER],
    effects: { depthOfField: { intensity: 0.3 }, color: { contrast: 101 } },
  });
  for (const name of [...CLEAR_CORNERS, "poster.png"]) {
    const { corner, middle } = await samples(job, name);
    assert.equal(corner[3], 0, `${name}: ${corner}`);
    assertNear(middle, [...COLOR, 255], name);
  }
  const { corner, middle } = await samples(job, "video.mp4");
  assertNear(corner, [255, 255, 255, 255], "video.mp4");
  assertNear(middle, [...COLOR, 255], "video.mp4");
  const pixelFormat = job.artifacts.find(({ name }) => name.endsWith("video.tar"))?.pixelFormat;
  assert.equal(pixelFormat, "rgba");
});

test("a video of the same photo alone, and a poster in JPEG, show white", async () => {
  const stills = StillOptions.fromPartial({ posterFormat: PosterFormat.POSTER_FORMAT_JPEG });
  const job = await convert(disk, {
    outputs: [{}],
    artifacts: [ARTIFACT_KIND_POSTER],
    stills,
  });
  for (const name of ["video.mp4", "poster.jpg"]) {
    const { corner, middle } = await samples(job, name);
    assertNear(corner, [255, 255, 255, 255], name);
    assertNear(middle, [...COLOR, 255], name);
  }
});

test("half transparent parts stay so, and a photo with another alpha is another result", async () => {
  const half = join(fixture.folder, "half.png");
  await writeFile(half, await diskPhoto(128));
  const flat = join(fixture.folder, "flat.png");
  await sharp(half).flatten({ background: "#ffffff" }).png().toFile(flat);
  const outputs = [{ container: Container.CONTAINER_APNG }];
  const changes = { outputs, cachePolicy: CachePolicy.CACHE_POLICY_USE };
  const clear = await convert(half, changes);
  assertNear((await samples(clear, "video.apng")).middle, [...COLOR, 128], "half");
  const opaque = await convert(flat, changes);
  assert.equal(opaque.cacheHit, false);
  assert.equal((await samples(opaque, "video.apng")).corner[3], 255);
  assert.equal((await convert(half, changes)).cacheHit, true);
});

test("what lies beyond an opaque photo is transparent where that is asked for, and black otherwise", async () => {
  const beyond = { camera: { mirror: false, zoom: 2 } };
  const apng = { container: Container.CONTAINER_APNG };
  const kept = await convert(SAMPLE, { ...beyond, outputs: [{ ...apng, transparency: KEEP }] });
  const { corner, middle } = await samples(kept, "video.apng");
  assert.deepEqual([corner[3], middle[3]], [0, 255]);
  const plain = await convert(SAMPLE, { ...beyond, outputs: [apng] });
  assertNear((await samples(plain, "video.apng")).corner, [0, 0, 0, 255], "plain");
});
