/**
 * Tests every container with every codec that works here: encodes generated frames, measures the
 * files and decodes them.
 */
import assert from "node:assert/strict";
import { readdir, readFile, rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { CODEC_NAMES, type CodecRow, codecRow } from "../core/output/codecs.js";
import { combinations, containerRow } from "../core/output/containers.js";
import type { OutputRequest } from "../core/output/spec.js";
import type { EncodedOutput, FrameFormat } from "../services/encode/encoder.js";
import type { EncoderRow } from "../services/encode/encoders.js";
import { isRgb } from "../services/encode/filters.js";
import { measureOutput } from "../services/encode/measure.js";
import { startEncoder } from "../services/encode/start-encoder.js";
import {
  encodeMade,
  encodeRequest,
  PROBING,
  probedEncoders,
  workingOf,
} from "../testing/encode/encode-run.js";
import { lumaOfRgb, madeFrame, psnr, SMALL } from "../testing/encode/i420-frames.js";
import { frameDelays, keyFrames, probeVideo, rawFrames } from "../testing/encode/video.js";

const MIN_PSNR_DB = 38;
/** ffprobe's names of the codecs that have another name in this project. */
const PROBE_NAMES: Readonly<Record<string, string>> = { h265: "hevc" };

let working: readonly EncoderRow[] = [];
const folders: string[] = [];
before(async () => {
  working = workingOf(await probedEncoders());
});
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function encode(
  outputs: readonly OutputRequest[],
  format: FrameFormat = SMALL,
): Promise<readonly EncodedOutput[]> {
  const request = await encodeRequest(format, outputs, working);
  folders.push(request.folder);
  return encodeMade(request);
}

async function encodeOne(output: OutputRequest, format = SMALL): Promise<EncodedOutput> {
  const [encoded] = await encode([output], format);
  assert.ok(encoded);
  return encoded;
}

/** All frames as the samples that the tests compare: I420, or the luma of RGB. */
async function decoded({ output, path }: EncodedOutput, { width, height }: FrameFormat) {
  if (output.codec === "webp") {
    const { pages = 0 } = await sharp(path).metadata();
    return Promise.all(
      Array.from({ length: pages }, async (_, page) =>
        lumaOfRgb(await sharp(path, { page }).removeAlpha().raw().toBuffer(), 3),
      ),
    );
  }
  const source = output.codec === "png" ? `${path}/%05d.png` : path;
  if (!isRgb(output.pixelFormat)) {
    return rawFrames(source, "yuv420p", (width * height * 3) / 2);
  }
  const frames = await rawFrames(source, "rgb24", width * height * 3);
  return frames.map((frame) => lumaOfRgb(frame, 3));
}

function assertLooksLike(frame: Uint8Array, index: number, row: CodecRow, what: string): void {
  const made = madeFrame(SMALL, index);
  const wanted = made.subarray(0, frame.length);
  if (!row.lossless) {
    const actual = psnr(frame, wanted);
    assert.ok(actual >= MIN_PSNR_DB, `${what}, frame ${index}: ${actual.toFixed(1)} dB`);
  } else if (row.pixelFormats[0] === "yuv420p") {
    assert.deepEqual(Buffer.from(frame), made, what);
  } else {
    // The conversion to 8-bit RGB loses at most one level of luma.
    const worst = frame.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (wanted[i] ?? 0))),
      0,
    );
    assert.ok(worst <= 1, `${what}, frame ${index}: ${worst} levels`);
  }
}

for (const { container, codec } of combinations()) {
  test(`${codec} in ${container} has every frame, the right colors and the right duration`, async (t) => {
    if (!working.some((encoder) => encoder.codec === codec)) return t.skip("no encoder here");
    const encoded = await encodeOne({ container, codec });
    const what = `${codec} in ${container} by ${encoded.encoder.name}`;
    const facts = await measureOutput(encoded, SMALL, PROBING);
    assert.equal(facts.codec, PROBE_NAMES[codec] ?? codec);
    assert.deepEqual([facts.width, facts.height, facts.frames], [192, 128, 12]);
    assert.ok(Math.abs(facts.durationSeconds - 0.4) < 1 / 30, `${facts.durationSeconds} s`);
    // ffmpeg decodes a GIF to frames with an alpha channel.
    if (codec !== "gif") assert.equal(facts.pixelFormat, codecRow(codec).pixelFormats[0]);
    const frames = await decoded(encoded, SMALL);
    assert.equal(frames.length, SMALL.frames);
    for (const index of [0, 6, 11]) {
      assertLooksLike(frames[index] ?? Buffer.alloc(0), index, codecRow(codec), what);
    }
    if (!containerRow(container).repeat) return;
    const video = await probeVideo(encoded.path);
    assert.equal(video.r_frame_rate, "30/1");
    assert.equal(video.nb_read_frames, "12");
    assert.deepEqual(
      [video.color_space, video.color_transfer, video.color_primaries, video.color_range],
      ["bt709", "bt709", "bt709", "tv"],
      what,
    );
  });
}

for (const { codec, pixelFormat } of CODEC_NAMES.flatMap((codec) =>
  codecRow(codec)
    .pixelFormats.slice(1)
    .map((pixelFormat) => ({ codec, pixelFormat })),
)) {
  test(`${codec} accepts ${pixelFormat}`, async (t) => {
    if (!working.some((encoder) => encoder.codec === codec)) return t.skip("no encoder here");
    const encoded = await encodeOne({ codec, pixelFormat });
    const facts = await measureOutput(encoded, SMALL, PROBING);
    // The ProRes decoder outputs the depth of the alpha channel, 12 bits.
    assert.equal(facts.pixelFormat.replace(/1[02]le$/, ""), pixelFormat.replace(/1[02]le$/, ""));
    const frames = await decoded(encoded, SMALL);
    for (const index of [0, 6, 11]) {
      assertLooksLike(frames[index] ?? Buffer.alloc(0), index, codecRow(codec), codec);
    }
  });
}

test("a GIF of 30 frames/s alternates delays of 3 and 4 hundredths, and lasts as long as the clip", async () => {
  const { path } = await encodeOne({ container: "gif" });
  const delays = await frameDelays(path);
  assert.deepEqual(
    delays.map((seconds) => Math.round(100 * seconds)),
    [3, 4, 3, 3, 4, 3, 3, 4, 3, 3, 4, 3],
  );
});

test("a clip in which nothing moves and a clip of a single frame have the right duration", async () => {
  for (const frames of [1, 6]) {
    const format = { ...SMALL, frames };
    const outputs = ["gif", "webp", "apng", "mp4"].map((container) => ({ container }));
    const request = await encodeRequest(format, outputs, working);
    folders.push(request.folder);
    const run = startEncoder(request);
    for (let i = 0; i < frames; i++) await run.write(madeFrame(format, 0));
    for (const encoded of await run.finish()) {
      const { container } = encoded.output;
      const facts = await measureOutput(encoded, format, PROBING);
      assert.equal(facts.frames, container === "webp" ? 1 : frames, container);
      assert.ok(
        Math.abs(facts.durationSeconds - frames / 30) < 0.006,
        `${container} ${facts.durationSeconds}`,
      );
    }
  }
});

test("each dither gives a different GIF", async () => {
  const dithers = ["none", "bayer", "floyd-steinberg", "sierra2-4a"];
  const outputs = await encode(dithers.map((dither) => ({ container: "gif", dither })));
  const files = await Promise.all(outputs.map(({ path }) => readFile(path)));
  assert.equal(new Set(files.map((file) => file.toString("latin1"))).size, dithers.length);
});

test("animated pictures store how often they are shown", async () => {
  for (const loops of [0, 1, 3]) {
    const [gif, webp, apng] = await encode(
      ["gif", "webp", "apng"].map((container) => ({ container, loops })),
      { ...SMALL, frames: 3 },
    );
    assert.ok(gif && webp && apng);
    // NETSCAPE2.0 counts how often the GIF is shown again; a GIF without it is shown once.
    const bytes = await readFile(gif.path);
    const at = bytes.indexOf("NETSCAPE2.0");
    assert.equal(
      at < 0 ? 1 : bytes.readUInt16LE(at + 13) && bytes.readUInt16LE(at + 13) + 1,
      loops,
    );
    assert.equal((await sharp(webp.path).metadata()).loop, loops);
    const control = await readFile(apng.path);
    assert.equal(control.readUInt32BE(control.indexOf("acTL") + 8), loops);
  }
});

test("WebP and APNG store a delay for each frame", async () => {
  const [webp, apng] = await encode([{ container: "webp" }, { container: "apng" }]);
  assert.ok(webp && apng);
  const { delay = [] } = await sharp(webp.path).metadata();
  assert.equal(delay.length, 12);
  assert.ok(
    delay.every((ms) => ms === 33 || ms === 34),
    delay.join(" "),
  );
  assert.ok((await frameDelays(apng.path)).every((seconds) => Math.abs(seconds - 1 / 30) < 1e-4));
});

test("repeats contain the same packets again, at the same frame rate", async () => {
  for (const container of ["mp4", "webm", "mov", "mkv"]) {
    const encoded = await encodeOne({ container, repeat: 3 });
    const facts = await measureOutput(encoded, SMALL, PROBING);
    assert.equal(facts.frames, 36);
    assert.ok(
      Math.abs(facts.durationSeconds - 1.2) < 1 / 30,
      `${container} ${facts.durationSeconds}`,
    );
    const frames = await decoded(encoded, SMALL);
    assert.equal(frames.length, 36, container);
    assert.deepEqual(frames.slice(12, 24), frames.slice(0, 12), container);
    assert.deepEqual(frames.slice(24), frames.slice(0, 12), container);
    assert.equal((await probeVideo(encoded.path)).avg_frame_rate, "30/1", container);
  }
});

test("23.976 frames/s stays exact", async () => {
  const rate = { frameRateNumerator: 24_000, frameRateDenominator: 1001 };
  const [mp4, gif] = await encode([{}, { container: "gif" }], { ...SMALL, ...rate });
  assert.ok(mp4 && gif);
  assert.equal((await probeVideo(mp4.path)).r_frame_rate, "24000/1001");
  const delays = await frameDelays(gif.path);
  assert.equal(Math.round(100 * delays.reduce((sum, delay) => sum + delay, 0)), 50);
});

test("odd sides are cropped or padded", async () => {
  const odd = { ...SMALL, width: 191, height: 127 };
  const sizeOf = async (format: FrameFormat) => {
    const { path } = await encodeOne({}, format);
    const { width, height } = await probeVideo(path);
    return [width, height];
  };
  assert.deepEqual(await sizeOf(odd), [190, 126]);
  assert.deepEqual(await sizeOf({ ...odd, oddSides: "pad" }), [192, 128]);
  assert.deepEqual(await sizeOf({ ...SMALL, width: 1, height: 1 }), [2, 2]);
});

test("bitrate, distance of key frames and speed take effect", async () => {
  const long = { ...SMALL, frames: 60 };
  const [few, many, keyed] = await encode(
    [{ bitrateKbps: 60 }, { bitrateKbps: 2000 }, { gopFrames: 10, speed: "slow" }],
    long,
  );
  assert.ok(few && many && keyed);
  const sizes = await Promise.all(
    [few, many].map(async ({ path }) => (await readFile(path)).length),
  );
  assert.ok(Number(sizes[1]) > 2 * Number(sizes[0]), sizes.join(" "));
  assert.deepEqual(await keyFrames(keyed.path), [0, 10, 20, 30, 40, 50]);
});

test("the pictures of an archive are numbered from 1", async () => {
  const { path } = await encodeOne({ container: "png-tar" });
  const names = (await readdir(path)).sort();
  assert.deepEqual([names[0], names.at(-1), names.length], ["00001.png", "00012.png", 12]);
});
