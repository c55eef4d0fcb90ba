/**
 * Files that writers have made a little wrong: taken with the right pixels as common decoders take
 * them, upright as the gateway tells, or refused at the upload.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import sharp from "sharp";
import type { Orientation } from "../../../core/photo/exif.js";
import { PHOTO_FORMATS } from "../../../core/photo/format.js";
import { inspectPhoto } from "../../../core/photo/inspect.js";
import { uprightSize } from "../../../core/photo/structure.js";
import { exifOf } from "../../../testing/pictures/exif.js";
import { pngChunk, pngFile } from "../../../testing/pictures/png.js";
import {
  assertColors,
  type Color,
  QUARTERS,
  quarterPixels,
  quartersOf,
} from "../../../testing/pictures/quarters.js";
import { type TiffField, tiffOfFields } from "../../../testing/pictures/tiff.js";
import { photoRules } from "../config.js";
import { Decoder } from "./decoder.js";

const RULES = photoRules({ maxPixels: 1_000_000, photoFormats: PHOTO_FORMATS.join(" ") });
const decoder = await Decoder.start({ memoryBytes: 2 ** 30, timeMs: 20_000, stallMs: 60_000 });
after(() => decoder.close());

const SIZE = { width: 48, height: 32 };
const pixels = quarterPixels(SIZE);
const picture = () => sharp(pixels, { raw: { ...SIZE, channels: 3 } });
const WHITE: Color = [255, 255, 255];

/** Passes the gateway's check and the decoder, which must agree on the upright size. */
async function decodeBoth(bytes: Uint8Array, longSidePixels = 4096) {
  const size = uprightSize(inspectPhoto(bytes));
  const photo = await decoder.photo(bytes, { ...RULES, fit: { longSidePixels }, wantsAlpha: true });
  if (longSidePixels === 4096)
    assert.deepEqual([photo.width, photo.height], [size.width, size.height]);
  return photo;
}

async function assertShown(bytes: Uint8Array, name: string, by = 6, colors = QUARTERS) {
  const photo = await decodeBoth(bytes).catch((error) => assert.fail(`${name}: ${error.message}`));
  assertColors(quartersOf(photo), colors, by, name);
}

const SHORT = 3;

const PNG_SIGNATURE_BYTES = 8;
/** Where the first chunk of this type begins, and how long it is with its length and checksum. */
function pngPart(png: Buffer, type: string) {
  const at = png.indexOf(type, PNG_SIGNATURE_BYTES, "latin1") - 4;
  return { at, bytes: png.readUInt32BE(at) + 12 };
}
const spliced = (file: Buffer, at: number, removed: number, ...parts: Uint8Array[]) =>
  Buffer.concat([file.subarray(0, at), ...parts, file.subarray(at + removed)]);

test("each orientation turns pixels and alpha, also when the photo is shrunk", async () => {
  const stored = [QUARTERS[0], QUARTERS[1], QUARTERS[2], QUARTERS[3]] as const;
  const [a, b, c, d] = stored;
  /** What each EXIF number shows of the four quarters. */
  const shown: Readonly<Record<Orientation, readonly Color[]>> = {
    1: [a, b, c, d],
    2: [b, a, d, c],
    3: [d, c, b, a],
    4: [c, d, a, b],
    5: [a, c, b, d],
    6: [c, a, d, b],
    7: [d, b, c, a],
    8: [b, d, a, c],
  };
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8] as const) {
    const png = pngFile({
      ...SIZE,
      colorType: 6,
      bits: 8,
      chunks: [["eXIf", exifOf(orientation)]],
      // The first quarter is half transparent.
      sample: (x, y, channel) =>
        channel === 3
          ? x < SIZE.width / 2 && y < SIZE.height / 2
            ? 128
            : 255
          : (pixels[3 * (y * SIZE.width + x) + channel] ?? 0),
    });
    const faded: Color = [237, 147, 147];
    const colors = shown[orientation].map((color) => (color === a ? faded : color));
    for (const longSide of [4096, 24]) {
      const photo = await decodeBoth(png, longSide);
      assertColors(quartersOf(photo), colors, 3, `${orientation} at ${longSide}`);
      const { alpha = new Uint8Array(), width, height } = photo;
      assert.equal(alpha.length, width * height);
      const corner = shown[orientation].indexOf(a);
      const x = Math.floor(width * (corner % 2 ? 0.75 : 0.25));
      const y = Math.floor(height * (corner > 1 ? 0.75 : 0.25));
      assert.equal(alpha[y * width + x], 128, `alpha of ${orientation} at ${longSide}`);
    }
  }
});

test("the orientation is the one that the gateway has read, wherever a file states two", async () => {
  const { png, webp, jpeg } = {
    png: await picture().png().toBuffer(),
    webp: await picture()
      .webp({ lossless: true })
      .withExif({ IFD0: { Artist: "a" } })
      .toBuffer(),
    jpeg: await picture().jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer(),
  };
  const upsideDown = [QUARTERS[3], QUARTERS[2], QUARTERS[1], QUARTERS[0]] as const;
  const chunk = (orientation: number) => pngChunk("eXIf", exifOf(orientation));
  const pixelsAt = pngPart(png, "IDAT").at;
  const endAt = pngPart(png, "IEND").at;
  await assertShown(spliced(png, pixelsAt, 0, chunk(3), chunk(1)), "first of two", 6, [
    ...upsideDown,
  ]);
  await assertShown(spliced(png, pixelsAt, 0, chunk(1), chunk(3)), "first of two");
  await assertShown(spliced(png, endAt, 0, chunk(3)), "behind the pixels", 6, [...upsideDown]);
  // EXIF that the header of a WebP does not announce, and a type that the standard does not name.
  const exifAt = webp.indexOf("EXIF", 0, "latin1");
  const turned = Buffer.from(webp);
  turned.set(exifOf(3), exifAt + 8);
  await assertShown(turned, "announced EXIF", 6, [...upsideDown]);
  turned[20] = (turned[20] ?? 0) & ~8;
  await assertShown(turned, "EXIF that is not announced");
  const payload = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), exifOf(3, "BYTE")]);
  const segment = Buffer.concat([Buffer.of(0xff, 0xe1, 0, payload.length + 2), payload]);
  await assertShown(spliced(jpeg, 2, 0, segment), "an orientation of type BYTE");
});

test("a progressive JPEG with a phone's trailer in place of its end marker", async () => {
  const jpeg = await picture().jpeg({ progressive: true, quality: 95 }).toBuffer();
  const trailer = Buffer.from("\0\0\x01\x0aImage_UTC_DataSEFH\0\0SEFT", "latin1");
  await assertShown(Buffer.concat([jpeg.subarray(0, -2), trailer]), "without", 12);
  await assertShown(Buffer.concat([jpeg, trailer]), "with", 12);
});

test("PNG: what stands in place of the end, and what is refused before the pixels", async () => {
  const png = await picture().png({ palette: true, colors: 16 }).toBuffer();
  const [pixelData, palette, end] = [
    pngPart(png, "IDAT"),
    pngPart(png, "PLTE"),
    pngPart(png, "IEND"),
  ];
  const zeros = Buffer.concat([png.subarray(0, end.at), Buffer.alloc(40)]);
  await assertShown(zeros, "zeros in place of the end");
  const shortAnimation = spliced(png, pixelData.at, 0, pngChunk("acTL", Buffer.alloc(0)));
  await assertShown(shortAnimation, "an animation header without content");
  const data = png.subarray(pixelData.at + 8, pixelData.at + pixelData.bytes - 4);
  const text = pngChunk("tEXt", Buffer.from("a\0b"));
  const refused: Readonly<Record<string, Buffer>> = {
    "a critical chunk": spliced(png, pixelData.at, 0, pngChunk("ABCD", Buffer.alloc(1))),
    "the reserved bit": spliced(png, pixelData.at, 0, pngChunk("abcd", Buffer.alloc(1))),
    "a palette of four bytes": spliced(
      png,
      palette.at,
      palette.bytes,
      pngChunk("PLTE", Buffer.alloc(4)),
    ),
    "pixels in two places": spliced(
      png,
      pixelData.at,
      pixelData.bytes,
      pngChunk("IDAT", data.subarray(0, 40)),
      text,
      pngChunk("IDAT", data.subarray(40)),
    ),
  };
  for (const [name, file] of Object.entries(refused)) {
    assert.throws(() => inspectPhoto(file), { reason: "IMAGE_CORRUPT" }, name);
  }
});

test("GIF: a first frame beyond the screen enlarges it, and its last length may be missing", async () => {
  const gif = await picture().gif().toBuffer();
  await assertShown(gif.subarray(0, -2), "without the last length and the trailer");
  const garbage = Buffer.concat([gif.subarray(0, -1), Buffer.alloc(9, 0xab), Buffer.of(0, 0x3b)]);
  await assertShown(garbage, "what is no block behind the frame");
  const small = Buffer.from(gif);
  small.writeUInt16LE(20, 6);
  small.writeUInt16LE(16, 8);
  await assertShown(small, "a screen smaller than its frame");
  for (const [width, height] of [
    [640, 480],
    [3000, 100],
  ] as const) {
    const monitor = Buffer.from(gif);
    monitor.writeUInt16LE(width, 6);
    monitor.writeUInt16LE(height, 8);
    const photo = await decodeBoth(monitor);
    assert.deepEqual([photo.width, photo.height], [width, height], "the size of a monitor");
    assertColors(quartersOf(photo).slice(1), [WHITE, WHITE, WHITE], 0);
  }
  const moved = Buffer.from(gif);
  const frame = gif.lastIndexOf(Buffer.of(0x2c, 0, 0, 0, 0, SIZE.width, 0));
  moved.writeUInt16LE(SIZE.width, frame + 1);
  moved.writeUInt16LE(SIZE.height, frame + 3);
  const photo = await decodeBoth(moved);
  assert.deepEqual([photo.width, photo.height], [2 * SIZE.width, 2 * SIZE.height]);
  assertColors(quartersOf(photo).slice(0, 3), [WHITE, WHITE, WHITE], 0);
});

test("WebP: lengths that writers get wrong, a cut later frame, and headers that contradict", async () => {
  const still = await picture().webp({ lossless: true }).toBuffer();
  const long = Buffer.from(still);
  long.writeUInt32LE(still.length, 4);
  await assertShown(long, "a length that counts its own header");
  const frames = Buffer.concat([pixels, pixels.map((value) => 255 - value)]);
  const animation = await sharp(frames, {
    raw: { width: SIZE.width, height: 2 * SIZE.height, channels: 3, pageHeight: SIZE.height },
  })
    .webp({ lossless: true, delay: [50, 50] })
    .toBuffer();
  await assertShown(animation.subarray(0, -30), "a cut second frame");
  const second = animation.lastIndexOf("ANMF", undefined, "latin1");
  await assertShown(animation.subarray(0, second + 3), "a second frame cut in its name");
  assert.throws(() => inspectPhoto(animation.subarray(0, second - 30)), {
    reason: "IMAGE_TRUNCATED",
  });
  assert.throws(() => inspectPhoto(still.subarray(0, -30)), { reason: "IMAGE_TRUNCATED" });

  const corrupt = { reason: "IMAGE_CORRUPT" };
  const extended = await picture().webp({ lossless: true }).withExif({ IFD0: {} }).toBuffer();
  extended.writeUIntLE(SIZE.width, 24, 3);
  assert.throws(() => inspectPhoto(extended), corrupt, "a canvas of another size");
  const unlooped = Buffer.from(animation);
  unlooped.write("JUNK", animation.indexOf("ANIM", 0, "latin1"), "latin1");
  assert.throws(() => inspectPhoto(unlooped), corrupt, "an animation without ANIM");
});

const field = (tag: number, type: number, ...values: number[]): TiffField => ({
  tag,
  type,
  values,
});
const FIELDS = [
  field(256, SHORT, SIZE.width),
  field(257, SHORT, SIZE.height),
  field(258, SHORT, 8, 8, 8),
  field(262, SHORT, 2),
  field(277, SHORT, 3),
];
const with_ = (...more: TiffField[]) =>
  [...FIELDS.filter(({ tag }) => !more.some((other) => other.tag === tag)), ...more].sort(
    (a, b) => a.tag - b.tag,
  );

test("TIFF: fields that libtiff calls wrong and no pixel needs", async () => {
  const unknownType = tiffOfFields(with_(field(65_000, SHORT, 7)), [pixels]);
  unknownType.writeUInt16BE(99, unknownType.lastIndexOf(Buffer.of(0xfd, 0xe8)) + 2);
  const files: Readonly<Record<string, Buffer>> = {
    "an orientation of 9": tiffOfFields(with_(field(274, SHORT, 9)), [pixels]),
    "a unit of resolution of 7": tiffOfFields(with_(field(296, SHORT, 7)), [pixels]),
    "a private field of an unknown type": unknownType,
    "one small version for itself": tiffOfFields(with_(field(254, 4, 1)), [pixels]),
    "the same in BigTIFF": tiffOfFields(with_(field(296, SHORT, 7)), [pixels], true),
  };
  for (const [name, file] of Object.entries(files)) await assertShown(file, name, 2);
  const loop = tiffOfFields(FIELDS, [pixels]);
  loop.writeUInt32BE(loop.readUInt32BE(4), loop.length - 4);
  const { frames } = inspectPhoto(loop);
  assert.equal(frames, 1, "a page that follows itself");
});

test("TIFF: what libtiff or libvips cannot read is refused at the upload", () => {
  const strip = SIZE.width * SIZE.height;
  const halves = [pixels.subarray(0, 1.5 * strip), pixels.subarray(1.5 * strip)];
  const twoStrips = tiffOfFields(with_(field(278, SHORT, SIZE.height / 2)), halves);
  const lengths = twoStrips.lastIndexOf(Buffer.of(0x01, 0x17, 0, 4));
  twoStrips.writeUInt16BE(65_001, lengths);
  const many = new Uint8Array(5 * strip);
  const fiveChannels = [field(258, SHORT, 8, 8, 8, 8, 8), field(277, SHORT, 5)];
  const cases: readonly (readonly [name: string, reason: string, file: Buffer])[] = [
    ["strips without lengths", "IMAGE_CORRUPT", twoStrips],
    [
      "no color type",
      "IMAGE_CORRUPT",
      tiffOfFields(
        FIELDS.filter(({ tag }) => tag !== 262),
        [pixels],
      ),
    ],
    [
      "channels of different bits",
      "IMAGE_UNSUPPORTED_FORMAT",
      tiffOfFields(with_(field(258, SHORT, 8, 8, 16)), [many]),
    ],
    ["five channels", "IMAGE_UNSUPPORTED_FORMAT", tiffOfFields(with_(...fiveChannels), [many])],
  ];
  for (const [name, reason, file] of cases) {
    assert.throws(() => inspectPhoto(file), { reason }, name);
  }
});

test("AVIF: what is no box behind the last one", async () => {
  const avif = await picture().avif({ lossless: true }).toBuffer();
  await assertShown(Buffer.concat([avif, Buffer.from("no box at all")]), "trailing text", 8);
});
