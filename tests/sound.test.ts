/**
 * Tests that a sound of each format is decoded and becomes the sound of a video, cut or looped to
 * its length.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { inspectSound, SOUND_FORMATS } from "../core/sound/format.js";
import { packagePath } from "../kit/process/package-path.js";
import { ENCODERS } from "../services/encode/encoders.js";
import { measureOutput } from "../services/encode/measure.js";
import { decodeSound } from "../services/encode/sound.js";
import { encodeMade, encodeRequest, PROBING } from "../testing/encode/encode-run.js";
import { SMALL } from "../testing/encode/i420-frames.js";

const run = promisify(execFile);
const SOFTWARE = ENCODERS.filter(({ hardware }) => !hardware);
const LIMITS = { seconds: 2, wallSeconds: 20, stallMs: 20_000 };
const NEVER = new AbortController().signal;
/** The sound codec of each container. */
const SOUND_CODECS = { mp4: "aac", webm: "opus", mov: "pcm_s16le", mkv: "pcm_s16le" } as const;

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-sound-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Writes a sine tone of `seconds`. */
async function writeTone(extension: string, seconds: number): Promise<string> {
  const file = join(folder, `tone-${seconds}.${extension}`);
  const source = `sine=frequency=440:duration=${seconds}`;
  await run("ffmpeg", ["-v", "error", "-y", "-f", "lavfi", "-i", source, file]);
  return file;
}

async function waveOf(file: string): Promise<string> {
  const target = `${file}.decoded.wav`;
  await decodeSound({ file, format: inspectSound(await readFile(file)) }, target, LIMITS, NEVER);
  return target;
}

/** Samples as one channel of 16 bits at 48 kHz. */
async function samplesOf(file: string): Promise<Int16Array> {
  const { stdout } = await run(
    "ffmpeg",
    ["-v", "error", "-i", file, "-map", "0:a:0", "-ac", "1", "-ar", "48000", "-f", "s16le", "-"],
    { encoding: "buffer", maxBuffer: 64 * 1024 * 1024 },
  );
  return new Int16Array(stdout.buffer, stdout.byteOffset, Math.floor(stdout.length / 2));
}

const loudness = (samples: Int16Array) =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);

for (const format of SOUND_FORMATS) {
  test(`${format} is decoded and cut to the needed length`, async () => {
    const file = await writeTone(format, 3);
    assert.equal(inspectSound(await readFile(file)), format);
    const samples = await samplesOf(await waveOf(file));
    assert.equal(samples.length, 2 * 48_000);
    assert.ok(loudness(samples) > 1000, "the sound is not silent");
  });
}

/** The name of a codec in the table, ffmpeg's encoder for it, and the file's extension. */
const OTHER_CODECS = [
  ["pcm_u8", "wav"],
  ["pcm_s24le", "wav"],
  ["pcm_s32le", "wav"],
  ["pcm_f32le", "wav"],
  ["pcm_f64le", "wav"],
  ["pcm_alaw", "wav"],
  ["pcm_mulaw", "wav"],
  ["adpcm_ms", "wav"],
  ["adpcm_ima_wav", "wav"],
  ["mp2", "mp3"],
  ["libopus", "ogg"],
  ["flac", "ogg"],
  ["alac", "m4a"],
] as const;

test("every codec that the upload accepts is decoded", async () => {
  for (const [codec, extension] of OTHER_CODECS) {
    const file = join(folder, `${codec}.${extension}`);
    const source = ["-v", "error", "-y", "-f", "lavfi", "-i", "sine=frequency=440:duration=1"];
    const container = codec === "mp2" ? ["-f", "mp2"] : [];
    await run("ffmpeg", [...source, "-c:a", codec, "-ar", "48000", ...container, file]);
    const level = loudness(await samplesOf(await waveOf(file)));
    assert.ok(level > 1000, `${codec} in ${extension}: ${level}`);
  }
});

test("files as people have them are decoded: padding, two tags, a tag in front of FLAC, µ-law", async () => {
  for (const [name, format] of [
    ["s8_pad_after_tag.mp3", "mp3"],
    ["s8b_two_tags.mp3", "mp3"],
    ["s9_flac_id3.flac", "flac"],
    ["s5d_mulaw.wav", "wav"],
  ] as const) {
    const file = join(folder, name);
    await copyFile(packagePath("testing", "cases", name), file);
    assert.equal(inspectSound(await readFile(file)), format, name);
    // About −24.6 dB of full scale.
    const level = loudness(await samplesOf(await waveOf(file)));
    assert.ok(Math.abs(20 * Math.log10(level / 32_768) + 24.4) < 0.8, `${name}: ${level}`);
  }
});

test("sounds that begin oddly are decoded: tags before Ogg and WAVE, half a frame, MP3 in MP4", async () => {
  const tag = Buffer.from("ID3\x04\0\0\0\0\0\x0a".padEnd(20, "\0"), "latin1");
  const tone = async (extension: string) => readFile(await writeTone(extension, 1.5));
  const [ogg, wav, mp3] = [await tone("ogg"), await tone("wav"), await tone("mp3")];
  const [mp4, rf64] = [join(folder, "mp3.mp4"), join(folder, "rf64.wav")];
  const source = ["-v", "error", "-y", "-f", "lavfi", "-i", "sine=frequency=440:duration=1.5"];
  await run("ffmpeg", [...source, "-c:a", "libmp3lame", mp4]);
  await run("ffmpeg", [...source, "-rf64", "always", rf64]);
  const files = {
    "tagged.ogg": Buffer.concat([tag, ogg]),
    "tagged.wav": Buffer.concat([tag, wav]),
    "inside.mp3": mp3.subarray(mp3.indexOf(Buffer.of(0xff, 0xfb)) + 100),
    "zeros.mp3": Buffer.concat([Buffer.alloc(3000), mp3.subarray(mp3.indexOf(0xff))]),
    "bw64.wav": Buffer.concat([Buffer.from("BW64"), (await readFile(rf64)).subarray(4)]),
    "mp3.m4a": await readFile(mp4),
  };
  for (const [name, bytes] of Object.entries(files)) {
    const file = join(folder, name);
    await writeFile(file, bytes);
    const wave = await waveOf(file).catch((error) => assert.fail(`${name}: ${error.message}`));
    // A sine of an eighth of full scale, on one channel.
    const level = loudness(await samplesOf(wave));
    assert.ok(Math.abs(level - 4096 / Math.SQRT2) < 200, `${name}: ${level}`);
  }
});

test("the sound of every container lasts to its end, from a shorter or a longer file", async () => {
  for (const seconds of [0.15, 3]) {
    const sound = await waveOf(await writeTone("wav", seconds));
    const containers = Object.keys(SOUND_CODECS) as (keyof typeof SOUND_CODECS)[];
    const outputs = containers.map((container) => ({ container }));
    const request = await encodeRequest(SMALL, outputs, SOFTWARE, folder);
    for (const encoded of await encodeMade({ ...request, sound })) {
      const { container } = encoded.output;
      const facts = await measureOutput(encoded, SMALL, PROBING);
      assert.equal(facts.soundCodec, SOUND_CODECS[container as keyof typeof SOUND_CODECS]);
      const samples = await samplesOf(encoded.path);
      const length = samples.length / 48_000;
      // A frame of AAC lasts 21 ms, and some containers do not store where it is cut.
      assert.ok(Math.abs(length - 0.4) < 0.045, `${container}: ${length} s`);
      assert.ok(loudness(samples.subarray(-4800)) > 1000, `${container}: the end is not silent`);
    }
  }
});

test("the sound of a repeated clip runs through all repeats, and a GIF has no sound", async () => {
  const sound = await waveOf(await writeTone("wav", 0.7));
  const outputs = [{ container: "mp4", repeat: 3 }, { container: "gif" }];
  const request = await encodeRequest(SMALL, outputs, SOFTWARE, folder);
  const [mp4, gif] = await encodeMade({ ...request, sound });
  assert.ok(mp4 && gif);
  const facts = await measureOutput(mp4, SMALL, PROBING);
  assert.deepEqual([facts.frames, facts.soundCodec], [36, "aac"]);
  assert.ok(Math.abs((await samplesOf(mp4.path)).length / 48_000 - 1.2) < 0.045);
  assert.equal((await measureOutput(gif, SMALL, PROBING)).soundCodec, "");
});

test("a file that looks complete and cannot be decoded is refused as SOUND_CORRUPT", async () => {
  const flac = join(folder, "broken.flac");
  const whole = await readFile(await writeTone("flac", 1));
  await writeFile(flac, Buffer.concat([whole.subarray(0, 42), Buffer.alloc(2000, 0x55)]));
  await assert.rejects(waveOf(flac), { reason: "SOUND_CORRUPT" });
});

test("a file with metadata and no samples is refused as SOUND_CORRUPT", async () => {
  const flac = join(folder, "empty.flac");
  const whole = await readFile(await writeTone("flac", 1));
  // Each metadata block has its length; the last block has the high bit of its type set.
  let end = 4;
  for (let last = false; !last; ) {
    last = ((whole[end] ?? 0) & 0x80) !== 0;
    end += 4 + whole.readUIntBE(end + 1, 3);
  }
  await writeFile(flac, whole.subarray(0, end));
  await assert.rejects(waveOf(flac), { reason: "SOUND_CORRUPT" });
});
