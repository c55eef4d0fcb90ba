/** Photos that libvips alone would show wrongly or refuse: small first frames, several pages. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import sharp from "sharp";
import { PHOTO_FORMATS } from "../../../core/photo/format.js";
import { packSamples } from "../../../testing/pictures/png.js";
import {
  assertColors,
  type Color,
  QUARTERS,
  quarterPixels,
  quartersOf,
} from "../../../testing/pictures/quarters.js";
import { tiffFile, tiffOfFields } from "../../../testing/pictures/tiff.js";
import { refusal } from "../../../testing/refusal.js";
import { photoRules } from "../config.js";
import { Decoder } from "./decoder.js";

const RULES = photoRules({ maxPixels: 1_000_000, photoFormats: PHOTO_FORMATS.join(" ") });
const decoder = await Decoder.start({ memoryBytes: 2 ** 30, timeMs: 20_000, stallMs: 60_000 });
after(() => decoder.close());
const decode = (bytes: Uint8Array) =>
  decoder.photo(bytes, { ...RULES, fit: { longSidePixels: 4096 } });

const SIZE = { width: 48, height: 32 };
const WHITE: Color = [255, 255, 255];
const picture = () => sharp(quarterPixels(SIZE), { raw: { ...SIZE, channels: 3 } });

test("the screen of a GIF around a smaller first frame is white", async () => {
  for (const transparent of [false, true]) {
    const gif = await (transparent ? picture().ensureAlpha(1) : picture()).gif().toBuffer();
    gif.writeUInt16LE(2 * SIZE.width, 6);
    gif.writeUInt16LE(2 * SIZE.height, 8);
    // The frame fills the lower right quarter of the screen.
    const frame = gif.lastIndexOf(Buffer.of(0x2c, 0, 0, 0, 0, SIZE.width, 0));
    gif.writeUInt16LE(SIZE.width, frame + 1);
    gif.writeUInt16LE(SIZE.height, frame + 3);
    const photo = await decode(gif);
    assert.deepEqual([photo.width, photo.height], [2 * SIZE.width, 2 * SIZE.height]);
    const i = 3 * (1.25 * SIZE.height * 2 * SIZE.width + 1.25 * SIZE.width);
    assertColors(
      [[photo.rgb[i] ?? 0, photo.rgb[i + 1] ?? 0, photo.rgb[i + 2] ?? 0]],
      [QUARTERS[0]],
      4,
    );
    assertColors(quartersOf(photo).slice(0, 3), [WHITE, WHITE, WHITE], 0);
  }
});

test("the canvas of a WebP around a smaller first frame is white", async () => {
  const still = await picture().webp({ lossless: true }).toBuffer();
  const photo = await decode(webpOnCanvas(still.subarray(12), 2 * SIZE.width, 2 * SIZE.height));
  assert.deepEqual([photo.width, photo.height], [2 * SIZE.width, 2 * SIZE.height]);
  assertColors(quartersOf(photo).slice(1), [WHITE, WHITE, WHITE], 0);
});

/** An animation of one frame at the upper left of its canvas, whose background is black. */
function webpOnCanvas(image: Buffer, width: number, height: number): Buffer {
  const u24 = (value: number) => Buffer.of(value & 255, (value >> 8) & 255, value >> 16);
  const chunk = (type: string, data: Buffer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(data.length);
    return Buffer.concat([Buffer.from(type), size, data, Buffer.alloc(data.length % 2)]);
  };
  const frame = Buffer.concat([
    ...[u24(0), u24(0), u24(SIZE.width - 1), u24(SIZE.height - 1), u24(50), Buffer.of(0)],
    image,
  ]);
  const body = Buffer.concat([
    Buffer.from("WEBP"),
    chunk("VP8X", Buffer.concat([Buffer.of(2, 0, 0, 0), u24(width - 1), u24(height - 1)])),
    chunk("ANIM", Buffer.of(0, 0, 0, 255, 0, 0)),
    chunk("ANMF", frame),
  ]);
  return chunk("RIFF", body);
}

test("of a TIFF only the first page is read: a later one may be broken", async () => {
  const sample = (x: number, y: number, channel: number) =>
    quarterPixels(SIZE)[3 * (y * SIZE.width + x) + channel] ?? 0;
  const file = { ...SIZE, photometric: 2, bits: 8, channels: 3, sample };
  for (const big of [false, true]) {
    const page = tiffFile({ ...file, big });
    page.writeUInt32BE(page.length - 3, page.length - 4);
    assertColors(quartersOf(await decode(page)), QUARTERS, 1);
  }
});

test("libtiff's warning of missing pixels is damage, and of an unsorted directory is none", async () => {
  const rows = Buffer.concat(
    Array.from({ length: 32 }, () =>
      Buffer.concat([Buffer.of(47), packSamples(new Array(48).fill(9), 8)]),
    ),
  );
  const fields = [
    { tag: 256, type: 3, values: [SIZE.width] },
    { tag: 257, type: 3, values: [SIZE.height] },
    { tag: 258, type: 3, values: [8] },
    { tag: 259, type: 3, values: [32773] },
    { tag: 262, type: 3, values: [1] },
  ];
  assert.equal((await decode(tiffOfFields(fields, [rows]))).width, SIZE.width);
  const cut = tiffOfFields(fields, [rows.subarray(0, rows.length / 2)]);
  assert.equal((await refusal(decode(cut))).reason, "IMAGE_TRUNCATED");
});

test("a phone's second picture and its video after the first leave a JPEG as it is", async () => {
  const jpeg = await picture().jpeg({ quality: 95 }).toBuffer();
  const small = await picture().resize(24, 16).jpeg().toBuffer();
  const video = Buffer.from("\0\0\0\x18ftypmp42\0\0\0\0mp42isom");
  for (const trailer of [small, video]) {
    assertColors(quartersOf(await decode(Buffer.concat([jpeg, trailer]))), QUARTERS, 6);
  }
});
