/** HEIC, made with ffmpeg's HEVC: grids, turns, alpha, profiles, more bits, and what is broken. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import sharp from "sharp";
import { PHOTO_FORMATS } from "../../../core/photo/format.js";
import { inspectPhoto } from "../../../core/photo/inspect.js";
import { heicFile, hevcPicture } from "../../../testing/pictures/heif.js";
import {
  assertColors,
  QUARTERS,
  quarterPixels,
  quartersOf,
} from "../../../testing/pictures/quarters.js";
import { refusal } from "../../../testing/refusal.js";
import { photoRules } from "../config.js";
import { Decoder } from "./decoder.js";

const RULES = photoRules({ maxPixels: 50_000_000, photoFormats: PHOTO_FORMATS.join(" ") });
const decoder = await Decoder.start({ memoryBytes: 2 ** 30, timeMs: 20_000, stallMs: 60_000 });
after(() => decoder.close());
const decode = (bytes: Uint8Array) =>
  decoder.photo(bytes, { ...RULES, fit: { longSidePixels: 4096 } });

const SIZE = { width: 96, height: 64 };
const picture = await hevcPicture(quarterPixels(SIZE), SIZE);

/** Which stored quarter (0 1 / 2 3) is shown at each place, by EXIF orientation. */
const SHOWN: Readonly<Record<number, readonly number[]>> = {
  1: [0, 1, 2, 3],
  2: [1, 0, 3, 2],
  3: [3, 2, 1, 0],
  4: [2, 3, 0, 1],
  5: [0, 2, 1, 3],
  6: [2, 0, 3, 1],
  7: [3, 1, 2, 0],
  8: [1, 3, 0, 2],
};
const TURNS = [
  [{}, 1],
  [{ turns: 1 }, 8],
  [{ turns: 2 }, 3],
  [{ turns: 3 }, 6],
  [{ mirror: 1 }, 2],
  [{ mirror: 0 }, 4],
  [{ turns: 1, mirror: 0 }, 5],
  [{ turns: 1, mirror: 1 }, 7],
] as const;

test("irot and imir turn a HEIC as the upload's check says, and its EXIF orientation does not", async () => {
  // An EXIF block with orientation 6, as phones write it beside irot.
  const jpeg = await sharp(quarterPixels(SIZE), { raw: { ...SIZE, channels: 3 } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const exif = jpeg.subarray(jpeg.indexOf("Exif\0\0") + 6, jpeg.indexOf("\xff\xdb", 0, "latin1"));
  for (const [turn, orientation] of TURNS) {
    const bytes = heicFile(picture, { ...turn, exif });
    assert.equal(inspectPhoto(bytes).orientation, orientation);
    const photo = await decode(bytes);
    const isTurned = orientation >= 5;
    assert.equal(photo.width, isTurned ? SIZE.height : SIZE.width);
    const shown = (SHOWN[orientation] ?? []).map((index) => QUARTERS[index] ?? QUARTERS[0]);
    assertColors(quartersOf(photo), shown, 8, `orientation ${orientation}`);
  }
});

test("the tiles of a grid are put together, and cropped to its size", async () => {
  const tile = { width: 64, height: 64 };
  const solid = (color: readonly number[]) =>
    hevcPicture(
      Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => color[i % 3] ?? 0),
      tile,
    );
  const tiles = await Promise.all(QUARTERS.map(solid));
  const grid = { tiles, columns: 2, width: 120, height: 100 };
  const bytes = heicFile(undefined, { grid });
  const facts = inspectPhoto(bytes);
  assert.deepEqual([facts.format, facts.widthPixels, facts.heightPixels], ["heic", 120, 100]);
  const photo = await decode(bytes);
  assert.deepEqual([photo.width, photo.height], [120, 100]);
  assertColors(quartersOf(photo), QUARTERS, 6);
});

test("a HEIC's profile converts its colors, and its alpha shows white", async () => {
  const raw = { raw: { ...SIZE, channels: 3 as const } };
  const p3 = sharp(quarterPixels(SIZE), raw).withIccProfile("p3");
  const profile = (await sharp(await p3.png().toBuffer()).metadata()).icc ?? assert.fail("profile");
  const p3Pixels = await sharp(await p3.png().toBuffer(), { ignoreIcc: true })
    .raw()
    .toBuffer();
  const wide = await hevcPicture(p3Pixels, SIZE);
  const color = Buffer.concat([Buffer.from("prof"), profile]);
  assertColors(quartersOf(await decode(heicFile(wide, { color }))), QUARTERS, 8);

  const half = new Uint8Array(3 * SIZE.width * SIZE.height).fill(128);
  const alpha = await hevcPicture(half, SIZE, "gray");
  const faded = QUARTERS.map(([r, g, b]) => [faint(r), faint(g), faint(b)] as const);
  assertColors(quartersOf(await decode(heicFile(picture, { alpha }))), faded, 8);
});

const faint = (value: number) => Math.round((value * 128 + 255 * 127) / 255);

test("what is cut is refused at the upload, and a cut or broken picture by the decoder", async () => {
  const bytes = heicFile(picture);
  assert.throws(() => inspectPhoto(bytes.subarray(0, bytes.length - 20)), {
    reason: "IMAGE_TRUNCATED",
  });
  const { frame } = picture;
  const cut = heicFile({ ...picture, frame: frame.subarray(0, frame.length - 20) });
  inspectPhoto(cut);
  const truncated = await refusal(decode(cut));
  assert.equal(truncated.reason, "IMAGE_TRUNCATED");
  assert.match(truncated.metadata.decoder_words ?? "", /libheif.*end of file/);
  const broken = heicFile({ ...picture, frame: Buffer.from(frame).fill(0xff, 4, 12) });
  assert.equal((await refusal(decode(broken))).reason, "IMAGE_CORRUPT");
  assertColors(quartersOf(await decode(bytes)), QUARTERS, 8);
});

test("other codecs, and profiles that cannot be decoded, are refused at the upload by name", () => {
  const renamed = (type: string) => {
    const bytes = heicFile(picture);
    bytes.write(type, bytes.indexOf("hvc1", bytes.indexOf("infe")), "latin1");
    return bytes;
  };
  const refused = (message: RegExp) => ({ reason: "IMAGE_UNSUPPORTED_FORMAT", message });
  assert.throws(() => inspectPhoto(renamed("avc1")), refused(/H\.264.*JPEG or PNG/));
  assert.throws(() => inspectPhoto(renamed("vvc1")), refused(/VVC/));
  const screen = heicFile(picture);
  screen[screen.indexOf("hvcC") + 5] = 9;
  assert.throws(() => inspectPhoto(screen), refused(/HEVC profile 9/));
});

test("a process that libheif has made large is replaced, and the next photo is decoded", async () => {
  const side = { width: 1024, height: 1024 };
  const tile = await hevcPicture(quarterPixels(side), side);
  const tiles = new Array(30).fill(tile);
  const grid = { tiles, columns: 6, width: 6 * side.width, height: 5 * side.height };
  const { pid } = decoder;
  const photo = await decode(heicFile(undefined, { grid }));
  assert.deepEqual([photo.width, photo.height], [4096, 3413], "at the size that was asked for");
  assert.notEqual(decoder.pid, pid);
  assertColors(quartersOf(await decode(heicFile(picture))), QUARTERS, 8);
});
