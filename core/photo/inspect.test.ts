/**
 * Every photo format as a real encoder writes it: complete, truncated, and with bytes changed at
 * random.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import sharp, { type Sharp } from "sharp";
import { seededRandom } from "../../testing/random.js";
import { DepthmeshError } from "../errors.js";
import { DEFAULT_PHOTO_LIMITS, inspectPhoto, type PhotoFormat, sniffFormat } from "./inspect.js";

const WIDTH = 64;
const HEIGHT = 48;
const random = seededRandom(5);
const pixels = Buffer.from(
  Array.from({ length: WIDTH * HEIGHT * 3 }, () => Math.floor(256 * random())),
);
const picture = () => sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });

/** Each way in which an encoder lays the format out. */
const FILES: readonly (readonly [name: string, format: PhotoFormat, make: () => Sharp])[] = [
  ["baseline JPEG", "jpeg", () => picture().jpeg({ quality: 90 })],
  ["progressive JPEG", "jpeg", () => picture().jpeg({ progressive: true })],
  ["gray JPEG", "jpeg", () => picture().grayscale().jpeg()],
  ["CMYK JPEG", "jpeg", () => picture().toColourspace("cmyk").jpeg()],
  ["PNG", "png", () => picture().png()],
  ["16-bit PNG", "png", () => picture().toColourspace("rgb16").png()],
  ["palette PNG", "png", () => picture().png({ palette: true })],
  ["interlaced PNG", "png", () => picture().png({ progressive: true })],
  ["GIF", "gif", () => picture().gif()],
  ["lossy WebP", "webp", () => picture().webp()],
  ["lossless WebP", "webp", () => picture().webp({ lossless: true })],
  ["WebP with alpha", "webp", () => picture().ensureAlpha(0.5).webp()],
  ["AVIF", "avif", () => picture().avif({ effort: 0 })],
  ["TIFF", "tiff", () => picture().tiff({ compression: "none" })],
  ["tiled deflated TIFF", "tiff", () => picture().tiff({ compression: "deflate", tile: true })],
];

const files = new Map<string, Buffer>();
before(async () => {
  for (const [name, , make] of FILES) files.set(name, await make().toBuffer());
});
const file = (name: string) => files.get(name) as Buffer;

function refusal(bytes: Uint8Array, limits = DEFAULT_PHOTO_LIMITS): DepthmeshError {
  try {
    inspectPhoto(bytes, limits);
  } catch (error) {
    assert.ok(error instanceof DepthmeshError, `${error}`);
    return error;
  }
  return assert.fail("it was accepted");
}

for (const [name, format] of FILES) {
  test(`${name}: format and size are read`, () => {
    const facts = inspectPhoto(file(name));
    assert.deepEqual(facts, {
      format,
      widthPixels: WIDTH,
      heightPixels: HEIGHT,
      frames: 1,
      orientation: 1,
    });
  });

  test(`${name}: what is cut inside its data is refused`, () => {
    const bytes = file(name);
    for (const share of [0.1, 0.3, 0.5, 0.8]) {
      const { reason } = refusal(bytes.subarray(0, Math.floor(share * bytes.length)));
      assert.match(reason, /^IMAGE_(TRUNCATED|CORRUPT|UNSUPPORTED_FORMAT)$/);
    }
    assert.equal(refusal(bytes.subarray(0, bytes.length / 2)).reason, "IMAGE_TRUNCATED");
  });

  test(`${name}: changed bytes end in facts within the limits or an DepthmeshError, soon`, () => {
    const original = file(name);
    const started = process.cpuUsage();
    for (let run = 0; run < 300; run++) {
      const bytes = Buffer.from(original);
      // Most changes near the start, where the structure is.
      for (let change = 0; change < 4; change++) {
        bytes[Math.floor(bytes.length * random() ** 4)] = Math.floor(256 * random());
      }
      try {
        const { widthPixels, heightPixels } = inspectPhoto(bytes);
        assert.ok(widthPixels * heightPixels <= DEFAULT_PHOTO_LIMITS.maxPixels);
      } catch (error) {
        assert.ok(error instanceof DepthmeshError, `${error}`);
      }
    }
    const { user, system } = process.cpuUsage(started);
    assert.ok(user + system < 2_000_000, `${user + system} µs for 300 files`);
  });
}

test("each limit is named with the actual value", () => {
  const limits = (change: Partial<typeof DEFAULT_PHOTO_LIMITS>) => ({
    ...DEFAULT_PHOTO_LIMITS,
    ...change,
  });
  const cases = [
    [limits({ maxBytes: 100 }), "UPLOAD_TOO_LARGE", "limit_bytes", "100"],
    [limits({ maxPixels: 1000 }), "IMAGE_TOO_MANY_PIXELS", "actual_pixels", "3072"],
    [limits({ maxSidePixels: 50 }), "IMAGE_TOO_MANY_PIXELS", "limit_side_pixels", "50"],
    [limits({ minSidePixels: 60 }), "IMAGE_TOO_SMALL", "actual_height", "48"],
  ] as const;
  for (const [limit, reason, key, value] of cases) {
    for (const [name] of FILES) {
      const error = refusal(file(name), limit);
      assert.equal(error.reason, reason, name);
      assert.equal(error.metadata[key], value, name);
    }
  }
});

test("orientation is read from JPEG, PNG, WebP and TIFF", async () => {
  for (const format of ["jpeg", "png", "webp", "tiff"] as const) {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const bytes = await picture().withMetadata({ orientation }).toFormat(format).toBuffer();
      const facts = inspectPhoto(bytes);
      assert.equal(facts.orientation, orientation, format);
      assert.equal(facts.widthPixels, WIDTH, "the size is the stored one");
    }
  }
});

test("frames of an animation are counted, and limited", async () => {
  const pages = { raw: { width: WIDTH, height: HEIGHT, channels: 3, pageHeight: 16 } } as const;
  for (const format of ["gif", "webp"] as const) {
    const bytes = await sharp(pixels, pages).toFormat(format, { delay: 40 }).toBuffer();
    assert.equal(inspectPhoto(bytes).frames, 3, format);
    const error = refusal(bytes, { ...DEFAULT_PHOTO_LIMITS, maxFrames: 2 });
    assert.equal(error.reason, "IMAGE_TOO_MANY_FRAMES");
    assert.equal(error.metadata.limit_frames, "2");
  }
});

test("what people send by mistake is named", () => {
  const cases: [string | Uint8Array, RegExp][] = [
    ["", /empty/],
    ["hello, this is a letter", /text/],
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', /SVG/],
    ["<!doctype html><html></html>", /HTML/],
    ["%PDF-1.7", /PDF/],
    ["data:image/png;base64,iVBORw0KGgo=", /data: URL/],
    ["BM\0\0\0\0", /BMP/],
    ["\0\0\0\x18ftypisom\0\0\0\0isommp42", /MP4/],
    [Uint8Array.of(0xff, 0x0a, 0, 0), /JPEG XL/],
    [Uint8Array.of(9, 200, 3, 4), /no known format/],
  ];
  for (const [content, expected] of cases) {
    const bytes = typeof content === "string" ? Buffer.from(content, "latin1") : content;
    assert.throws(
      () => sniffFormat(bytes),
      (error: DepthmeshError) =>
        error.reason === "IMAGE_UNSUPPORTED_FORMAT" && expected.test(error.message),
      String(content),
    );
  }
});
