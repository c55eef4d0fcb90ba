/** Deviations that common decoders accept, and what stays refused beside them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { tiffOfFields } from "../../testing/pictures/tiff.js";
import { inspectPhoto } from "./inspect.js";

const SIDE = 48;
const pixels = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => (i * 37) % 251);
const picture = () => sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } });
/** Two frames of the picture. */
const animation = (format: "gif" | "webp") =>
  sharp(Buffer.concat([pixels, pixels.map((value) => 255 - value)]), {
    raw: { width: SIDE, height: 2 * SIDE, channels: 3, pageHeight: SIDE },
  })
    .toFormat(format, { delay: [50, 50] })
    .toBuffer();
const truncated = { reason: "IMAGE_TRUNCATED" };

test("a GIF is taken when its first frame is whole: without a trailer, with a cut second frame", async () => {
  const gif = await animation("gif");
  assert.equal(inspectPhoto(gif.subarray(0, -1)).frames, 2);
  const secondFrame = gif.lastIndexOf(Buffer.of(0x2c, 0, 0, 0, 0));
  assert.equal(inspectPhoto(gif.subarray(0, secondFrame + 60)).frames, 1);
  const junk = Buffer.concat([gif.subarray(0, -1), Buffer.of(0, 0, 7), gif.subarray(-1)]);
  assert.equal(inspectPhoto(junk).frames, 2);
  assert.throws(() => inspectPhoto(gif.subarray(0, secondFrame / 2)), truncated);
});

test("the part of the screen that a first frame covers is told, where it is not all", async () => {
  const gif = await picture().gif().toBuffer();
  assert.equal(inspectPhoto(gif).covered, undefined);
  gif.writeUInt16LE(100, 6);
  gif.writeUInt16LE(60, 8);
  const { widthPixels, covered } = inspectPhoto(gif);
  assert.equal(widthPixels, 100);
  assert.deepEqual(covered, { left: 0, top: 0, width: SIDE, height: SIDE });
});

test("a PNG is taken without its end chunk, and refused when image data is cut", async () => {
  const png = await picture().png().toBuffer();
  for (const left of [12, 8, 1]) inspectPhoto(png.subarray(0, png.length - left));
  assert.throws(() => inspectPhoto(png.subarray(0, png.length - 13)), truncated);
});

test("a JPEG is taken with fill and stray bytes, and with something else in place of its end", async () => {
  const jpeg = await picture().jpeg().toBuffer();
  const end = jpeg.length - 2;
  const with_ = (...parts: Uint8Array[]) => Buffer.concat(parts);
  inspectPhoto(with_(jpeg.subarray(0, 20), Buffer.of(0, 1, 2, 0xff, 0xff), jpeg.subarray(20)));
  inspectPhoto(with_(jpeg.subarray(0, end), jpeg));
  inspectPhoto(with_(jpeg.subarray(0, end), Buffer.from("\0\0MotionPhoto_DataSEFT")));
  inspectPhoto(with_(jpeg, Buffer.from("\0\0\0\x18ftypmp42")));
  assert.throws(() => inspectPhoto(jpeg.subarray(0, end)), truncated);
  assert.throws(() => inspectPhoto(with_(jpeg.subarray(0, end), Buffer.from("text"))), truncated);
});

const SHORT = 3;
const LONG = 4;
const strip = new Uint8Array(SIDE * SIDE);
const fields = [
  { tag: 256, type: SHORT, values: [SIDE] },
  { tag: 257, type: SHORT, values: [SIDE] },
  { tag: 258, type: SHORT, values: [8] },
  { tag: 262, type: SHORT, values: [1] },
];

test("a TIFF is taken when a field that nobody needs, or a later page, lies outside the file", () => {
  const text = { tag: 270, type: 2, values: [1, 2, 3, 4, 5, 6] };
  const outside = tiffOfFields([...fields, text], [strip]);
  const entry = outside.lastIndexOf(Buffer.of(1, 14, 0, 2));
  outside.writeUInt32BE(outside.length + 100, entry + 8);
  assert.equal(inspectPhoto(outside).widthPixels, SIDE);

  const pages = tiffOfFields(fields, [strip]);
  pages.writeUInt32BE(pages.length + 8, pages.length - 4);
  assert.equal(inspectPhoto(pages).frames, 1);
  const cut = tiffOfFields([...fields, { tag: 278, type: LONG, values: [SIDE] }], [strip]);
  cut.writeUInt32BE(cut.length, cut.lastIndexOf(Buffer.of(1, 17, 0, 4)) + 8);
  assert.throws(() => inspectPhoto(cut), truncated);
});

test("BigTIFF is read as TIFF is", async () => {
  const big = await picture().tiff({ bigtiff: true, compression: "none" }).toBuffer();
  const { format, widthPixels, frames } = inspectPhoto(big);
  assert.deepEqual([format, widthPixels, frames], ["tiff", SIDE, 1]);
});
