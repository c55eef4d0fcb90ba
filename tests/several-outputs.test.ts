/**
 * Tests jobs with several outputs, a sound and a depth map supplied by the caller, and requests
 * that are refused.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import sharp from "sharp";
import { download } from "../cli/job-files.js";
import { readFiles } from "../client/job-files.js";
import { DepthmeshError } from "../core/errors.js";
import { combinations } from "../core/output/containers.js";
import { type Artifact, JobState } from "../proto/gen/depthmesh/v1/job.js";
import {
  CachePolicy,
  Codec,
  Container,
  type DeepPartial,
  JobSpec,
} from "../proto/gen/depthmesh/v1/spec.js";
import { probeVideo } from "../testing/encode/video.js";
import {
  type Fixture,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
} from "../testing/mesh/fixture.js";

const run = promisify(execFile);

let fixture: Fixture;
before(async () => {
  fixture = await startFixture();
});
after(() => fixture.close());

const specOf = (changes: DeepPartial<JobSpec>) =>
  JobSpec.fromPartial({ ...smallSpec(), ...changes });

test("several outputs of one render have their own facts, and sound where the container holds it", async () => {
  const { client, folder } = fixture;
  const sound = join(folder, "tone.mp3");
  await run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "sine=duration=0.4", sound]);
  const outputs = [
    {},
    { container: Container.CONTAINER_WEBM, codec: Codec.CODEC_AV1, repeat: 2 },
    { container: Container.CONTAINER_GIF, loops: 2 },
    { container: Container.CONTAINER_PNG_ZIP },
    { container: Container.CONTAINER_PNG_TAR },
    { codec: Codec.CODEC_H265, bitrateKbps: 500 },
  ];
  const rate = { frameRate: { numerator: 24_000, denominator: 1001 } };
  const spec = specOf({ outputs, clip: { ...smallSpec().clip, ...rate } });
  const created = await client.createJobFromFiles(spec, { photo: SAMPLE, sound });
  const job = await untilEnded(client, created.name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  const facts = job.artifacts.map((artifact) => [
    artifact.name.split("/").at(-1),
    ...[artifact.output, artifact.mediaType, artifact.codec, artifact.frames, artifact.soundCodec],
  ]);
  assert.deepEqual(facts, [
    ["video.mp4", 0, "video/mp4", "h264", 24, "aac"],
    ["video.webm", 1, "video/webm", "av1", 48, "opus"],
    ["video.gif", 2, "image/gif", "gif", 24, ""],
    ["video.zip", 3, "application/zip", "png", 24, ""],
    ["video.tar", 4, "application/x-tar", "png", 24, ""],
    ["video-2.mp4", 5, "video/mp4", "hevc", 24, "aac"],
  ]);
  for (const artifact of job.artifacts) await assertDownloads(artifact);
});

test("a depth map supplied by the caller and a sound work in both calls, and the second uses the cached map", async () => {
  const { client, folder } = fixture;
  const files = {
    photo: SAMPLE,
    depthMap: join(folder, "map.png"),
    sound: join(folder, "tone.wav"),
  };
  const gray = { create: { width: 96, height: 64, channels: 3, background: "#404040" } } as const;
  const near = await sharp({ create: { ...gray.create, width: 40, background: "#fff" } })
    .png()
    .toBuffer();
  await sharp(gray)
    .composite([{ input: near }])
    .png()
    .toFile(files.depthMap);
  await run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "sine=duration=0.4", files.sound]);
  const spec = specOf({ depth: { map: {} }, cachePolicy: CachePolicy.CACHE_POLICY_USE });
  const created = await client.createJobFromFiles(spec, files);
  const jobs = [await untilEnded(client, created.name)];
  let thumbnails = 0;
  for await (const { kind } of client.convert({ ...spec, seed: 1 }, readFiles(files))) {
    if (kind?.$case === "depthThumbnail") thumbnails += 1;
    if (kind?.$case === "summary") jobs.push(kind.value);
  }
  assert.equal(thumbnails, 1);
  for (const job of jobs) {
    assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
    assert.deepEqual([job.depthModel, job.artifacts[0]?.soundCodec], ["", "aac"]);
  }
  assert.deepEqual(
    jobs.map(({ depth }) => depth?.cacheHit),
    [false, true],
  );
});

async function assertDownloads(artifact: Artifact): Promise<void> {
  const { client, folder } = fixture;
  const [, job = "", , name = ""] = artifact.name.split("/");
  const file = join(folder, name);
  await download(client, await client.getJob(`jobs/${job}`), name, file);
  const bytes = await readFile(file);
  assert.equal(bytes.length, artifact.sizeBytes);
  assert.equal(createHash("sha256").update(bytes).digest("hex"), artifact.sha256);
  assert.deepEqual([artifact.width, artifact.height], [320, 214]);
  const seconds = (artifact.frames * 1001) / 24_000;
  assert.ok(Math.abs(artifact.durationSeconds - seconds) < 1001 / 24_000, name);
  if (name.endsWith(".tar")) {
    const { stdout } = await run("tar", ["-tf", file]);
    assert.deepEqual(stdout.trim().split("\n").slice(0, 2), ["00001.png", "00002.png"]);
  } else if (name.endsWith(".zip")) {
    const listed =
      "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), len(z.namelist()))";
    const { stdout } = await run("python3", ["-c", listed, file]);
    assert.equal(stdout.trim(), "None 24");
  } else {
    const { codec_name, pix_fmt, nb_read_frames } = await probeVideo(file);
    const { codec, pixelFormat, frames } = artifact;
    assert.deepEqual([codec_name, pix_fmt, Number(nb_read_frames)], [codec, pixelFormat, frames]);
  }
}

test("the catalog lists every combination and the encoders that the worker probed", async () => {
  const { formats, encoders } = await fixture.client.listEncoders();
  assert.equal(formats.length, combinations().length);
  const x264 = encoders.find(({ name }) => name === "libx264");
  assert.ok(x264?.works && x264.framesPerSecond > 0 && x264.worker.startsWith("encode-"));
  for (const { works, failure } of encoders) assert.equal(works, failure === "");
  const available = new Set(encoders.filter(({ works }) => works).map(({ codec }) => codec));
  for (const { codec, available: listed } of formats) assert.equal(listed, available.has(codec));
});

const refused = (reason: string, field: string) => (error: unknown) => {
  assert.ok(error instanceof DepthmeshError, String(error));
  assert.deepEqual([error.reason, error.metadata.field], [reason, field], error.message);
  return true;
};

test("invalid outputs and sizes are refused, and the error names the field", async () => {
  const { client } = fixture;
  const clip = smallSpec().clip ?? {};
  const cases: [DeepPartial<JobSpec>, reason: string, field: string][] = [
    [{ outputs: [{ codec: 99 as Codec }] }, "PARAMETER_UNKNOWN", "outputs.codec"],
    [{ outputs: [{ container: 99 as Container }] }, "PARAMETER_UNKNOWN", "outputs.container"],
    [
      { outputs: [{ container: Container.CONTAINER_GIF, codec: Codec.CODEC_H264 }] },
      "PARAMETER_CONFLICT",
      "outputs.codec",
    ],
    [{ outputs: Array(9).fill({}) }, "PARAMETER_OUT_OF_RANGE", "outputs"],
    [{ outputs: [{ crf: 52 }] }, "PARAMETER_OUT_OF_RANGE", "outputs.crf"],
    [{ clip: { ...clip, width: 7680, height: 4320 } }, "PARAMETER_OUT_OF_RANGE", "clip.width"],
    [{ clip: { ...clip, width: 1, height: 1 } }, "PARAMETER_OUT_OF_RANGE", "clip.width"],
    [{ clip: { ...clip, durationSeconds: 0 } }, "PARAMETER_OUT_OF_RANGE", "clip.duration_seconds"],
  ];
  for (const [changes, reason, field] of cases) {
    await assert.rejects(
      client.createJobFromFiles(specOf(changes), { photo: SAMPLE }),
      refused(reason, field),
    );
  }
});

test("a sound without an output for it, and a file that is no sound, are refused", async () => {
  const { client } = fixture;
  const gif = specOf({ outputs: [{ container: Container.CONTAINER_GIF }] });
  await assert.rejects(
    client.createJobFromFiles(gif, { photo: SAMPLE, sound: SAMPLE }),
    refused("PARAMETER_CONFLICT", "has_sound"),
  );
  for (const [bytes, reason] of [
    [Buffer.alloc(0), "SOUND_UNSUPPORTED_FORMAT"],
    [Buffer.from("#EXTM3U\nhttp://127.0.0.1/a.mp3"), "SOUND_UNSUPPORTED_FORMAT"],
    [Buffer.from("RIFF\0\0\0\0WAVEfmt "), "SOUND_CORRUPT"],
    [Buffer.alloc(33 * 1024 * 1024, "RIFF\0\0\0\0WAVE"), "UPLOAD_TOO_LARGE"],
  ] as const) {
    const chunks = async function* () {
      for (let at = 0; at < bytes.length; at += 262_144) yield bytes.subarray(at, at + 262_144);
    };
    await assert.rejects(
      client.createJob(specOf({}), {
        photo: createReadStream(SAMPLE, { highWaterMark: 262_144 }),
        sound: chunks(),
      }),
      { reason },
    );
  }
});
