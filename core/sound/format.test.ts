/**
 * Sounds are told apart by their first bytes, and broken ones are refused before anything decodes
 * them.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DepthmeshError } from "../errors.js";
import { inspectSound } from "./format.js";

const bytes = (...parts: (string | readonly number[])[]) =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part),
    ),
  );
const zeros = (count: number) => new Array<number>(count).fill(0);

const u16 = (value: number) => [value & 255, value >> 8];
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)];
const box = (type: string, ...content: (string | readonly number[] | Uint8Array)[]) => {
  const inner = Buffer.concat(content.map((part) => Buffer.from(part as Uint8Array)));
  return bytes([...u32(8 + inner.length)].reverse(), type, [...inner]);
};

/** A WAVE file with this format chunk. */
const wavOf = (tag: number, bits: number, { rateHz = 48_000, channels = 2, more = [0] } = {}) => {
  const format = [
    ...u16(tag),
    ...u16(channels),
    ...u32(rateHz),
    ...zeros(6),
    ...u16(bits),
    ...more,
  ];
  return bytes(
    "RIFF",
    zeros(4),
    "WAVEfmt ",
    u32(format.length),
    format,
    format.length % 2 ? [0] : [],
    "data",
    [4, 0, 0, 0],
    zeros(4),
  );
};
const WAV = wavOf(1, 16, { more: [] });
const FLAC = bytes("fLaC", [0, 0, 0, 34], zeros(10), [0x0b, 0xb8, 0x02, 0xf0], zeros(21));
const VORBIS = bytes("\x01vorbis", zeros(4), [2], u32(44_100), zeros(4));
const oggOf = (packet: Uint8Array) =>
  bytes("OggS", [0, 2], zeros(20), [1, packet.length], [...packet]);
const OGG = oggOf(VORBIS);
const m4aOf = (codec: string) => {
  const entry = bytes(zeros(8), [0, 0, 0, 8], codec);
  const table = box("minf", box("stbl", box("stsd", entry)));
  return bytes([0, 0, 0, 16], "ftypM4A ", zeros(4), [
    ...box("moov", box("trak", box("mdia", table))),
  ]);
};
const M4A = m4aOf("mp4a");
const MP3 = bytes([0xff, 0xfb, 0x90, 0x00], zeros(100));
const ID3 = (padding: number, flags = 0) =>
  bytes("ID3", [4, 0, flags, 0, 0, 0, padding], zeros(padding));
const TAGGED_MP3 = bytes([...ID3(3)], [0xff, 0xfb, 0x90, 0x00]);

test("each format is known by its beginning", () => {
  for (const [format, file] of [
    ["wav", WAV],
    ["flac", FLAC],
    ["ogg", OGG],
    ["m4a", M4A],
    ["mp3", MP3],
    ["mp3", TAGGED_MP3],
  ] as const) {
    assert.equal(inspectSound(file), format);
  }
});

test("tags, padding and footers in front of the sound are skipped", () => {
  const frame = [0xff, 0xfb, 0x90, 0x00];
  const ape = bytes("APETAGEX", u32(2000), u32(8), zeros(24));
  for (const [format, file] of [
    ["mp3", bytes([...ID3(3)], [...ID3(9)], frame)],
    ["mp3", bytes([...ID3(3)], zeros(4096), frame)],
    ["mp3", bytes([...ID3(3, 0x10)], "3DI", zeros(7), frame)],
    ["mp3", bytes([...ape], frame)],
    ["flac", bytes([...ID3(3)], [...FLAC])],
    ["ogg", bytes([...ID3(3)], [...OGG])],
    ["wav", bytes([...ID3(3)], [...WAV])],
    ["wav", Buffer.concat([Buffer.from("RF64"), WAV.subarray(4)])],
    ["wav", Buffer.concat([Buffer.from("BW64"), WAV.subarray(4)])],
    ["wav", wavOf(1, 20)],
  ] as const) {
    assert.equal(inspectSound(file), format);
  }
});

test("every codec that no decoder here has is refused at the upload", () => {
  const refused = [
    wavOf(0x55, 16),
    wavOf(1, 13),
    wavOf(0xfffe, 32, { more: [...u16(22), ...u16(24), ...zeros(4), 1, 0, ...zeros(14)] }),
    wavOf(0xfffe, 16, { more: [...zeros(8), 0x62, 1, ...zeros(14)] }),
    oggOf(bytes("Speex   ", zeros(20))),
    m4aOf("ac-3"),
    m4aOf("samr"),
    bytes([0xff, 0xfb, 0x00, 0x00], zeros(600)),
  ];
  for (const [i, file] of refused.entries()) {
    assert.throws(() => inspectSound(file), { reason: "SOUND_UNSUPPORTED_FORMAT" }, `case ${i}`);
  }
  assert.equal(inspectSound(wavOf(0xfffe, 24, { more: [...zeros(8), 1, 0, ...zeros(14)] })), "wav");
});

/** A track of a movie, with its type and its codec. */
const trackOf = (handler: string, entry: Uint8Array) => {
  const table = box("minf", box("stbl", box("stsd", zeros(8), entry)));
  return box("trak", box("mdia", box("hdlr", zeros(8), bytes(handler), zeros(12)), table));
};
const movieOf = (...tracks: Uint8Array[]) =>
  Buffer.concat([bytes([0, 0, 0, 16], "ftypM4A ", zeros(4)), box("moov", ...tracks)]);
const mp4aOf = (objectType: number) => {
  const config = bytes([0x04, 0x80, 0x80, 0x80, 17, objectType], zeros(16));
  const stream = bytes([0x03, 0x80, 0x80, 0x80, 40, 0, 1, 0], [...config], zeros(12));
  return box("mp4a", zeros(28), box("esds", zeros(4), stream));
};

test("the first sound of a movie decides, whatever its other tracks are", () => {
  const video = trackOf("vide", box("avc1", zeros(78)));
  const [aac, ac3] = [trackOf("soun", mp4aOf(0x40)), trackOf("soun", box("ac-3", zeros(28)))];
  for (const taken of [
    movieOf(video, aac),
    movieOf(aac, ac3),
    movieOf(trackOf("soun", mp4aOf(0x6b))),
  ]) {
    assert.equal(inspectSound(taken), "m4a");
  }
  const refusal = (message: RegExp) => ({ reason: "SOUND_UNSUPPORTED_FORMAT", message });
  assert.throws(() => inspectSound(movieOf(ac3, aac)), refusal(/first sound of the MP4 .* ac-3/));
  assert.throws(() => inspectSound(movieOf(video)), refusal(/no track of sound/));
  const dts = movieOf(trackOf("soun", mp4aOf(0xa9)));
  assert.throws(() => inspectSound(dts), refusal(/object type 0xa9/));
});

test("a refusal names the format, also behind a tag", () => {
  for (const [file, name] of [
    [bytes("FORM", zeros(4), "AIFF"), /an AIFF file/],
    [bytes(".snd", zeros(20)), /an AU file/],
    [bytes("#!AMR\n", zeros(20)), /AMR/],
    [bytes([0x30, 0x26, 0xb2, 0x75], zeros(20)), /WMA/],
    [bytes([0xff, 0xf1, 0x50, 0x80], zeros(20)), /ADTS/],
    [bytes([...ID3(3)], [0xff, 0xf9, 0x50, 0x80], zeros(20)), /ADTS/],
  ] as const) {
    assert.throws(() => inspectSound(file), { reason: "SOUND_UNSUPPORTED_FORMAT", message: name });
  }
});

test("a recording of a stream begins inside a frame", () => {
  const frame = bytes([0xff, 0xfb, 0x90, 0x00], zeros(413));
  const frames = Buffer.concat([frame, frame, frame, frame, frame]);
  assert.equal(inspectSound(Buffer.concat([Buffer.alloc(2000), frames])), "mp3");
  assert.equal(inspectSound(frames.subarray(100)), "mp3");
  const few = Buffer.concat([Buffer.alloc(2000), frame, frame, Buffer.alloc(2000)]);
  assert.throws(() => inspectSound(few), { reason: "SOUND_UNSUPPORTED_FORMAT" });
});

test("rates and channels that would fill the memory are refused with the limit", () => {
  for (const file of [
    wavOf(1, 16, { rateHz: 1 }),
    wavOf(1, 16, { rateHz: 2_147_483_647 }),
    wavOf(1, 16, { channels: 0 }),
    wavOf(1, 16, { channels: 65_535 }),
    Buffer.concat([FLAC.subarray(0, 18), Buffer.alloc(25)]),
    oggOf(bytes("\x01vorbis", zeros(4), [2], u32(9), zeros(4))),
  ]) {
    assert.throws(() => inspectSound(file), { reason: "SOUND_UNSUPPORTED_FORMAT" });
  }
});

test("a file of the smallest parts costs no time", () => {
  const chunks = Buffer.alloc(16 * 2 ** 20);
  for (let i = 12; i < chunks.length; i += 8) chunks.write("JUNK", i);
  chunks.write("RIFF....WAVE");
  const boxes = Buffer.alloc(16 * 2 ** 20);
  for (let i = 0; i < boxes.length; i += 8) {
    boxes.writeUInt32BE(8, i);
    boxes.write("free", i + 4);
  }
  boxes.write("ftyp", 4);
  const syncs = Buffer.alloc(16 * 2 ** 20, 0xff);
  syncs.write("ID3");
  syncs.fill(0, 3, 10);
  const before = process.cpuUsage();
  for (const file of [chunks, boxes, syncs]) {
    assert.throws(() => inspectSound(file), { reason: "SOUND_CORRUPT" });
  }
  // Some 10 ms; where every part is walked, one of the files takes half a second.
  const spentMs = process.cpuUsage(before).user / 1000;
  assert.ok(spentMs < 150, `${spentMs} ms`);
});

test("anything else is refused", () => {
  for (const file of [
    bytes(),
    bytes("#EXTM3U\nhttp://"),
    bytes("RIFF", zeros(4), "AVI "),
    bytes([0xff, 0xd8, 0xff, 0xe0]),
  ]) {
    assert.throws(
      () => inspectSound(file),
      (error: DepthmeshError) => error.reason === "SOUND_UNSUPPORTED_FORMAT",
    );
  }
});

test("what is cut off before any sound is corrupt", () => {
  const cut = [
    WAV.subarray(0, 40),
    WAV.subarray(0, 12),
    FLAC.subarray(0, 20),
    OGG.subarray(0, 30),
    M4A.subarray(0, 16),
    M4A.subarray(0, 60),
    TAGGED_MP3.subarray(0, 12),
    bytes([0, 0, 0, 4], "ftypM4A "),
  ];
  for (const [i, file] of cut.entries()) {
    assert.throws(
      () => inspectSound(file),
      (error: DepthmeshError) => error.reason === "SOUND_CORRUPT",
      `case ${i}`,
    );
  }
});
