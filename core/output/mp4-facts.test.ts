/** Facts of a made moov, and every way in which its tables can contradict themselves. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { concat } from "../fragments/concat.js";
import { readMp4Facts } from "./mp4-facts.js";
import type { OutputFacts } from "./output-facts.js";

function box(type: string, ...content: readonly Uint8Array[]): Uint8Array {
  const bytes = concat([new Uint8Array(4), Buffer.from(type, "latin1"), ...content]);
  new DataView(bytes.buffer).setUint32(0, bytes.length);
  return bytes;
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * i);
  return bytes;
}

function videoEntry(type: string, ...boxes: readonly Uint8Array[]): Uint8Array {
  const fields = Buffer.alloc(78);
  fields.writeUInt16BE(1920, 24);
  fields.writeUInt16BE(1080, 26);
  return box(type, fields, ...boxes);
}

/** avcC with a set of two bytes each, and the layout behind them. */
const avc = (profile: number, ...layout: number[]) =>
  box("avcC", Uint8Array.of(1, profile, 0, 31, 255, 0xe1, 0, 2, 7, 7, 1, 0, 2, 8, 8, ...layout));
const hevc = (chroma: number, luma: number, colors: number) =>
  box("hvcC", Buffer.concat([Buffer.alloc(16), Buffer.of(0xfc | chroma, luma, colors, 0, 0)]));
const av1 = (flags: number) => box("av1C", Uint8Array.of(0x81, 0, flags, 0));
const H264 = videoEntry("avc1", avc(100, 0xfd, 0xf8, 0xf8, 0));
/** esds as ffmpeg writes it: sizes in four bytes. */
const AAC = box(
  "mp4a",
  Buffer.alloc(28),
  box("esds", words(0), Buffer.from("03808080220002000480808014401500", "hex")),
);

type Tables = Readonly<Record<string, Uint8Array | undefined>>;

/** Four frames of 10, 20, 30 and 40 bytes in chunks of three and one. */
const VIDEO_TABLES: Tables = {
  stts: words(0, 1, 4, 512),
  ctts: words(0, 2, 1, 1024, 3, 512),
  stss: words(0, 2, 1, 3),
  stsc: words(0, 2, 1, 3, 1, 2, 1, 1),
  stsz: words(0, 0, 4, 10, 20, 30, 40),
  stco: words(0, 2, 1000, 1100),
};
/** 200 samples of 1 byte in one chunk. */
const SOUND_TABLES: Tables = {
  stts: words(0, 1, 200, 1),
  stsc: words(0, 1, 1, 200, 1),
  stsz: words(0, 1, 200),
  co64: words(0, 1, 0, 2000),
};
const DATA = [
  { start: 1000, end: 1140 },
  { start: 2000, end: 2200 },
];

interface TrackParts {
  readonly handler: string;
  readonly entry: Uint8Array;
  readonly tables: Tables;
  readonly mdhd?: Uint8Array;
  readonly elst?: Uint8Array;
}

const VIDEO: TrackParts = { handler: "vide", entry: H264, tables: VIDEO_TABLES };
const SOUND: TrackParts = { handler: "soun", entry: AAC, tables: SOUND_TABLES };

function track({ handler, entry, tables, mdhd, elst }: TrackParts): Uint8Array {
  const stsd = box("stsd", words(0, 1), entry);
  const rows = Object.entries(tables).flatMap(([type, content]) =>
    content ? [box(type, content)] : [],
  );
  return box(
    "trak",
    ...(elst ? [box("edts", box("elst", elst))] : []),
    box(
      "mdia",
      box("mdhd", mdhd ?? words(0, 0, 0, 15_360, 2048)),
      box("hdlr", words(0, 0), Buffer.from(handler)),
      box("minf", box("stbl", stsd, ...rows)),
    ),
  );
}

const MVHD = box("mvhd", words(0, 0, 0, 1000, 134));
const moov = (...tracks: readonly TrackParts[]) => box("moov", MVHD, ...tracks.map(track));
const factsOf = (...tracks: readonly TrackParts[]) => readMp4Facts(moov(...tracks), DATA);
const withTables = (tables: Tables): TrackParts => ({
  ...VIDEO,
  tables: { ...VIDEO_TABLES, ...tables },
});

const FACTS: OutputFacts = {
  width: 1920,
  height: 1080,
  frames: 4,
  durationSeconds: 0.133333,
  codec: "h264",
  pixelFormat: "yuv420p",
  soundCodec: "",
};

test("facts come from the tables and the sample entries", () => {
  assert.deepEqual(factsOf(VIDEO), FACTS);
  assert.deepEqual(factsOf(SOUND, VIDEO), { ...FACTS, soundCodec: "aac" });
});

test("a clip lasts as long as the least of its media, its samples and its edits", () => {
  const seconds = (parts: Partial<TrackParts>) => factsOf({ ...VIDEO, ...parts })?.durationSeconds;
  assert.equal(seconds({ mdhd: words(0, 0, 0, 15_360, 1536) }), 0.1);
  assert.equal(seconds({ mdhd: words(1 << 24, 0, 0, 0, 0, 15_360, 0, 1024) }), 0.066667);
  assert.equal(seconds({ mdhd: words(0, 0, 0, 15_360, 9000) }), 0.133333);
  // 33 ms are 506.88 units of 1/15360 s, and the nearest is taken.
  assert.equal(seconds({ elst: words(0, 2, 30, -1, 1, 3, 1024, 1) }), 0.033008);
  assert.equal(seconds({ elst: words(1 << 24, 1, 0, 100, 0, 1024, 1) }), 0.1);
  assert.equal(seconds({ elst: words(0, 1, 500, 1024, 1) }), 0.133333);
});

test("the pixel format comes from the decoder's configuration", () => {
  const formatOf = (entry: Uint8Array) => factsOf({ ...VIDEO, entry })?.pixelFormat;
  assert.equal(formatOf(videoEntry("avc1", avc(77))), "yuv420p");
  assert.equal(formatOf(videoEntry("avc3", avc(244, 0xff, 0xf8, 0xf8, 0))), "yuv444p");
  assert.equal(formatOf(videoEntry("avc1", avc(122, 0xfe, 0xfa, 0xfa, 0))), "yuv422p10le");
  assert.equal(formatOf(videoEntry("hvc1", hevc(1, 0xf8, 0xf8))), "yuv420p");
  assert.equal(formatOf(videoEntry("hev1", hevc(1, 0xfa, 0xfa))), "yuv420p10le");
  assert.equal(formatOf(videoEntry("av01", av1(0x0c))), "yuv420p");
  assert.equal(formatOf(videoEntry("av01", av1(0x4c))), "yuv420p10le");
  assert.equal(formatOf(videoEntry("av01", av1(0x00))), "yuv444p");
  assert.equal(formatOf(videoEntry("apch")), "yuv422p10le");
});

test("entries that do not tell everything are left to others, but their tables are checked", () => {
  const full = box("colr", Buffer.from("nclx"), Buffer.of(0, 1, 0, 1, 0, 1, 0x80));
  const entries = [
    videoEntry("ap4h"),
    videoEntry("xxxx"),
    videoEntry("avc1", avc(100)),
    videoEntry("avc1", avc(100, 0xfc, 0xf8, 0xf8, 0)),
    videoEntry("avc1", avc(100, 0xfd, 0xfa, 0xf8, 0)),
    videoEntry("avc1", avc(77), full),
    videoEntry("av01", av1(0x1c)),
  ];
  const broken = { ...VIDEO_TABLES, stts: words(0, 1, 5, 512) };
  for (const [index, entry] of entries.entries()) {
    assert.equal(factsOf({ ...VIDEO, entry }), undefined, `entry ${index}`);
    assert.throws(() => factsOf({ ...VIDEO, entry, tables: broken }), RangeError);
  }
  const sounds = [box("alac", Buffer.alloc(28)), box("mp4a", Buffer.alloc(28))];
  for (const entry of sounds) assert.equal(factsOf(VIDEO, { ...SOUND, entry }), undefined);
});

const REFUSED: Readonly<Record<string, Tables>> = {
  "no sample": {
    ...{ stts: words(0, 0), ctts: undefined, stss: undefined, stsc: words(0, 0) },
    ...{ stsz: words(0, 0, 0), stco: words(0, 0) },
  },
  "no table of sizes": { stsz: undefined },
  "no table of times": { stts: undefined },
  "no table of chunks": { stsc: undefined },
  "no offsets": { stco: undefined },
  "more times than sizes": { stts: words(0, 2, 4, 512, 1, 512) },
  "fewer shifts than sizes": { ctts: words(0, 1, 3, 512) },
  "a key frame beyond the last": { stss: words(0, 1, 5) },
  "key frames in the wrong order": { stss: words(0, 2, 3, 3) },
  "more samples in chunks": { stsc: words(0, 1, 1, 3, 1) },
  "fewer samples in chunks": { stsc: words(0, 1, 1, 1, 1) },
  "a chunk of most samples": { stsc: words(0, 1, 1, 0xffffffff, 1) },
  "chunks that begin late": { stsc: words(0, 1, 2, 4, 1) },
  "chunks beyond the last": { stsc: words(0, 2, 1, 3, 1, 9, 1, 1) },
  "an empty sample": { stsz: words(0, 0, 4, 10, 0, 50, 40) },
  "a sample that is too long": { stsz: words(0, 0, 4, 10, 20, 30, 41) },
  "a sample of most bytes": { stsz: words(0, 0, 4, 10, 20, 30, 0xffffffff) },
  "a chunk before the data": { stco: words(0, 2, 999, 1100) },
  "a chunk behind the data": { stco: words(0, 2, 1000, 1101) },
  "a chunk across two ranges": { stco: words(0, 2, 1000, 1139) },
  "chunks that share a byte": { stco: words(0, 2, 1000, 1059) },
  "more sizes than bytes": { stsz: words(0, 0, 0xffffffff, 10, 20, 30, 40) },
  "more times than bytes": { stts: words(0, 0xffffffff, 4, 512) },
  "more offsets than bytes": { stco: words(0, 0xffffffff, 1000, 1100) },
  "most samples of one byte": { stsz: words(0, 1, 0xffffffff) },
  "no time at all": { stts: words(0, 1, 4, 0) },
};

for (const [what, tables] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, () => {
    assert.throws(() => factsOf(withTables(tables)), RangeError);
  });
}

test("a moov without video, with units of no time, or with other edits than it says is refused", () => {
  assert.throws(() => factsOf(SOUND), /no track of video/);
  assert.throws(() => readMp4Facts(box("moov", track(VIDEO)), DATA), /no mvhd/);
  assert.throws(() => readMp4Facts(box("moof"), DATA), RangeError);
  assert.throws(() => factsOf({ ...VIDEO, mdhd: words(0, 0, 0, 0, 2048) }), /no time/);
  assert.throws(() => factsOf({ ...VIDEO, elst: words(0, 1e9, 1, 0, 1) }), RangeError);
  assert.throws(() => factsOf({ ...VIDEO, elst: words(0, 1, 0, 0, 1) }), /no time/);
  const none = videoEntry("avc1");
  assert.throws(() => factsOf({ ...VIDEO, entry: none }), /no avcC/);
  // The tables of the sound count too.
  const late = { ...SOUND_TABLES, co64: words(0, 1, 0, 2001) };
  assert.throws(() => factsOf(VIDEO, { ...SOUND, tables: late }), RangeError);
});

test("a moov that is cut anywhere, or has any bit of a size changed, is refused or read whole", () => {
  const whole = moov(SOUND, VIDEO);
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => readMp4Facts(whole.slice(0, length), DATA), RangeError, `${length} bytes`);
  }
  for (let bit = 0; bit < 8 * whole.length; bit++) {
    const damaged = whole.slice();
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    try {
      const facts = readMp4Facts(damaged, DATA);
      if (facts) assert.equal(facts.frames, 4, `bit ${bit}`);
    } catch (error) {
      assert.ok(error instanceof RangeError, `bit ${bit}: ${error}`);
    }
  }
});
