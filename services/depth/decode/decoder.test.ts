/**
 * Photos are decoded upright, at the size that is needed; bad files and signals do not end the
 * decoder. Every kind of photo: kinds.test.ts.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import sharp from "sharp";
import type { Reason } from "../../../core/error-reasons.js";
import { DepthmeshError } from "../../../core/errors.js";
import { DEFAULT_PHOTO_LIMITS } from "../../../core/photo/limits.js";
import { refusal } from "../../../testing/refusal.js";
import { Decoder, type DecoderLimits } from "./decoder.js";
import type { PhotoRules } from "./protocol.js";

const RULES: PhotoRules = {
  limits: DEFAULT_PHOTO_LIMITS,
  formats: ["jpeg", "png", "webp", "gif", "avif", "tiff"],
};
const FULL = { longSidePixels: 4096 };
const WIDTH = 48;
const HEIGHT = 32;

const decoder = await Decoder.start({
  memoryBytes: 1024 * 1024 * 1024,
  timeMs: 10_000,
  stallMs: 60_000,
});
after(() => decoder.close());
const decode = (bytes: Uint8Array, rules = RULES) => decoder.photo(bytes, { ...rules, fit: FULL });

/** Four colored quarters. They tell all eight orientations apart, and lossy codecs keep them. */
const QUARTERS = [
  [230, 40, 40],
  [40, 200, 60],
  [50, 70, 220],
  [240, 220, 60],
] as const;
const quarterAt = (x: number, y: number) =>
  QUARTERS[(x < WIDTH / 2 ? 0 : 1) + (y < HEIGHT / 2 ? 0 : 2)] ?? QUARTERS[0];
const pixels = Buffer.alloc(3 * WIDTH * HEIGHT);
for (let i = 0; i < WIDTH * HEIGHT; i++) {
  pixels.set(quarterAt(i % WIDTH, Math.floor(i / WIDTH)), 3 * i);
}
const picture = () => sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });

/** The colors at the centers of the quarters: top left, top right, bottom left, bottom right. */
function quarters({ rgb, width, height }: { rgb: Uint8Array; width: number; height: number }) {
  const at = (u: number, v: number) => {
    const i = 3 * (Math.floor(v * height) * width + Math.floor(u * width));
    return [...rgb.subarray(i, i + 3)];
  };
  return [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)];
}

function assertColors(actual: number[][], expected: readonly (readonly number[])[], by: number) {
  for (const [i, color] of expected.entries()) {
    for (const [c, value] of color.entries()) {
      const got = actual[i]?.[c] ?? Number.NaN;
      assert.ok(Math.abs(got - value) <= by, `quarter ${i}: ${actual[i]} instead of ${color}`);
    }
  }
}

test("all eight EXIF orientations are turned upright, in every format that can have one", async () => {
  // Which stored quarter (0 1 / 2 3) is shown at each position, by the definition of the tag.
  const SHOWN = [
    [0, 1, 2, 3],
    [1, 0, 3, 2],
    [3, 2, 1, 0],
    [2, 3, 0, 1],
    [0, 2, 1, 3],
    [2, 0, 3, 1],
    [3, 1, 2, 0],
    [1, 3, 0, 2],
  ];
  for (const format of ["jpeg", "png", "webp", "tiff"] as const) {
    for (const [index, shown] of SHOWN.entries()) {
      const stored = picture().withMetadata({ orientation: index + 1 });
      const photo = await decode(await stored.toFormat(format, { quality: 95 }).toBuffer());
      const turned = index + 1 >= 5;
      assert.equal(photo.width, turned ? HEIGHT : WIDTH, `${format} ${index + 1}`);
      assertColors(
        quarters(photo),
        shown.map((i) => QUARTERS[i] ?? []),
        12,
      );
    }
  }
});

test("gray photos with 8 and 16 bits become three equal channels", async () => {
  for (const space of ["b-w", "grey16"]) {
    const photo = await decode(await picture().toColourspace(space).png().toBuffer());
    for (const [r, g, b] of quarters(photo)) assert.ok(r === g && g === b, `${r} ${g} ${b}`);
  }
});

test("CMYK photos are converted to sRGB", async () => {
  for (const format of ["jpeg", "tiff"] as const) {
    const bytes = await picture()
      .toColourspace("cmyk")
      .toFormat(format, { quality: 95 })
      .toBuffer();
    assert.equal((await sharp(bytes).metadata()).space, "cmyk");
    // The gamut of inks is narrower than sRGB, so that only the hues are kept.
    const [red = [], green = [], blue = []] = quarters(await decode(bytes));
    const largest = (color: number[]) => color.indexOf(Math.max(...color));
    assert.deepEqual([red, green, blue].map(largest), [0, 1, 2]);
  }
});

test("a photo with a Display P3 profile is converted to sRGB", async () => {
  const bytes = await picture().withIccProfile("p3").png().toBuffer();
  // sharp has converted the pixels to P3, so that decoding must return the original colors.
  assertColors(quarters(await decode(bytes)), QUARTERS, 3);
  const stored = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
  const green = 3 * (HEIGHT / 4) * WIDTH + 3 * 36;
  assert.ok(
    Math.abs((stored[green] ?? 0) - QUARTERS[1][0]) > 20,
    "the file itself has other values",
  );
});

test("transparent parts become white, half transparent ones half white, with 8 and 16 bits", async () => {
  for (const space of ["srgb", "rgb16"]) {
    const bytes = await picture().ensureAlpha(0.5).toColourspace(space).png().toBuffer();
    const half = QUARTERS.map((color) => color.map((value) => (value + 255) / 2));
    assertColors(quarters(await decode(bytes)), half, 2);
  }
});

test("the first frame of an animation is decoded", async () => {
  const next = await picture().negate().raw().toBuffer();
  const raw = { width: WIDTH, height: 2 * HEIGHT, channels: 3, pageHeight: HEIGHT } as const;
  for (const format of ["gif", "webp"] as const) {
    const bytes = await sharp(Buffer.concat([pixels, next]), { raw })
      .toFormat(format)
      .toBuffer();
    const photo = await decode(bytes);
    assert.equal(photo.height, HEIGHT);
    assertColors(quarters(photo), QUARTERS, 12);
  }
});

test("a photo is shrunk to the size that the clip needs, and never enlarged", async () => {
  const bytes = await picture().resize(2000, 1000, { fit: "fill" }).jpeg().toBuffer();
  const photo = await decoder.photo(bytes, { ...RULES, fit: { clip: { width: 320 } } });
  assert.deepEqual([photo.width, photo.height], [400, 200]);
  const fit = { clip: { longestSide: 320 }, closest: 2 };
  const close = await decoder.photo(bytes, { ...RULES, fit });
  assert.deepEqual(
    [close.width, close.height],
    [640, 320],
    "more detail because the camera comes close",
  );
  const same = await decoder.photo(await picture().png().toBuffer(), {
    ...RULES,
    fit: { clip: {} },
  });
  assert.deepEqual([same.width, same.height], [WIDTH, HEIGHT]);
});

test("the same picture has the same hash in every lossless format, and another picture has not", async () => {
  const png = await decode(await picture().png().toBuffer());
  const tiff = await decode(await picture().tiff({ compression: "none" }).toBuffer());
  const other = await decode(await picture().flop().png().toBuffer());
  assert.equal(png.sha256, tiff.sha256);
  assert.notEqual(png.sha256, other.sha256);
});

const assertReason = async (work: Promise<unknown>, reason: Reason) =>
  assert.equal((await refusal(work)).reason, reason);

test("broken, cut, unsupported, too large and too small photos are refused with different reasons", async () => {
  const png = await picture().png({ compressionLevel: 0 }).toBuffer();
  const broken = Buffer.from(png);
  broken.fill(0x55, broken.indexOf("IDAT") + 60, broken.indexOf("IDAT") + 200);
  await assertReason(decode(broken), "IMAGE_CORRUPT");
  await assertReason(decode(png.subarray(0, png.length / 2)), "IMAGE_TRUNCATED");
  await assertReason(decode(Buffer.from("<svg></svg>")), "IMAGE_UNSUPPORTED_FORMAT");
  const small = { ...RULES, limits: { ...DEFAULT_PHOTO_LIMITS, maxPixels: 1000 } };
  const tooMany = await refusal(decode(png, small));
  assert.equal(tooMany.reason, "IMAGE_TOO_MANY_PIXELS");
  assert.equal(tooMany.metadata.limit_pixels, "1000");
  await assertReason(decode(await picture().resize(15, 15).png().toBuffer()), "IMAGE_TOO_SMALL");
});

test("a JPEG whose scan is cut before its end marker is refused, and not filled with gray", async () => {
  const jpeg = await picture().resize(640, 480).jpeg().toBuffer();
  const cut = Buffer.concat([jpeg.subarray(0, jpeg.length / 2), Buffer.from([0xff, 0xd9])]);
  const { reason } = await refusal(decode(cut));
  assert.match(reason, /^IMAGE_(TRUNCATED|CORRUPT)$/);
});

test("a format that the settings leave out is refused, and the error names it", async () => {
  const rules: PhotoRules = { ...RULES, formats: ["jpeg", "png"] };
  const error = await refusal(decode(await picture().gif().toBuffer(), rules));
  assert.equal(error.reason, "IMAGE_UNSUPPORTED_FORMAT");
  assert.match(error.message, /GIF/);
});

test("a decoder that is killed is replaced, and its photo is decoded by the new one", async () => {
  const bytes = await picture().png().toBuffer();
  const before = decoder.pid ?? assert.fail("the decoder runs");
  process.kill(before, "SIGKILL");
  assert.equal((await decode(bytes)).width, WIDTH);
  assert.notEqual(decoder.pid, before);
});

/** Runs `use` with a decoder of its own. */
async function withDecoder(limits: DecoderLimits, use: (own: Decoder) => Promise<void>) {
  const own = await Decoder.start(limits);
  await use(own).finally(() => own.close());
}

const largePhoto = () =>
  sharp({ create: { width: 7000, height: 7000, channels: 3, background: "#456" } }).png();

test("a decoder that hangs is killed and replaced, and its photo is not reported as bad", async () => {
  const limits = { memoryBytes: 2 ** 30, timeMs: 20_000, stallMs: 500 };
  await withDecoder(limits, async (own) => {
    const bytes = await picture().png().toBuffer();
    await own.photo(bytes, { ...RULES, fit: FULL });
    const stopped = own.pid ?? assert.fail("the decoder runs");
    process.kill(stopped, "SIGSTOP");
    const error = await refusal(own.photo(bytes, { ...RULES, fit: FULL }));
    assert.deepEqual([error.reason, error.metadata.limit_ms], ["STAGE_STALLED", "500"]);
    assert.equal(existsSync(`/proc/${stopped}`), false, "the stopped process is gone");
    assert.equal((await own.photo(bytes, { ...RULES, fit: FULL })).width, WIDTH);
  });
});

test("a photo that keeps the decoder busy beyond the time limit is reported as bad", async () => {
  await withDecoder({ memoryBytes: 2 ** 31, timeMs: 200, stallMs: 60_000 }, async (own) => {
    const large = await largePhoto().toBuffer();
    const error = await refusal(own.photo(large, { ...RULES, fit: FULL }));
    assert.deepEqual([error.reason, error.metadata.limit_ms], ["IMAGE_CORRUPT", "200"]);
  });
});

test("the clock does not refuse a photo: a busy machine is waited for, then tried again", async () => {
  const small = await picture().png().toBuffer();
  await withDecoder({ memoryBytes: 2 ** 31, timeMs: 400, stallMs: 60_000 }, async (own) => {
    await own.photo(small, { ...RULES, fit: FULL });
    const pid = own.pid ?? assert.fail("the decoder runs");
    // Stopped for longer than the limit of processor time, as other processes would.
    process.kill(pid, "SIGSTOP");
    const turns = setInterval(() => {
      process.kill(pid, "SIGCONT");
      process.kill(pid, "SIGSTOP");
    }, 50);
    const stopped = setTimeout(() => {
      clearInterval(turns);
      process.kill(pid, "SIGCONT");
    }, 450);
    const photo = await own.photo(small, { ...RULES, fit: FULL }).finally(() => {
      clearInterval(turns);
      clearTimeout(stopped);
    });
    assert.equal(photo.width, WIDTH);
  });
  const limits = { memoryBytes: 2 ** 31, timeMs: 20_000, clockMs: 100, stallMs: 60_000 };
  await withDecoder(limits, async (own) => {
    const error = await refusal(own.photo(await largePhoto().toBuffer(), { ...RULES, fit: FULL }));
    assert.deepEqual([error.reason, error.metadata.limit_ms], ["STAGE_STALLED", "100"]);
    assert.ok(error.retryable);
  });
});

test("a photo that needs too much memory is refused, and the next one is decoded", async () => {
  const limits = { memoryBytes: 192 * 1024 * 1024, timeMs: 20_000, stallMs: 60_000 };
  await withDecoder(limits, async (own) => {
    // The rotation needs all rows in memory before the first rotated row can be written.
    const large = await largePhoto().withMetadata({ orientation: 6 }).toBuffer();
    const error = await refusal(own.photo(large, { ...RULES, fit: FULL }));
    assert.match(error.reason, /^IMAGE_/);
    const small = await picture().png().toBuffer();
    assert.equal((await own.photo(small, { ...RULES, fit: FULL })).width, WIDTH);
  });
});

test("a decoder that cannot start is reported as WORKER_LOST", async () => {
  const limits = { memoryBytes: 4 * 1024 * 1024, timeMs: 10_000, stallMs: 60_000 };
  await assertReason(Decoder.start(limits), "WORKER_LOST");
});

test("a cancelled decoding throws the reason of the signal, and the next photo is decoded", async () => {
  const bytes = await picture().png().toBuffer();
  const cancel = new AbortController();
  const work = decoder.photo(bytes, { ...RULES, fit: FULL }, cancel.signal);
  cancel.abort(new DepthmeshError("JOB_CANCELLED", "not wanted any more"));
  await assertReason(work, "JOB_CANCELLED");
  assert.equal((await decode(bytes)).width, WIDTH);
});
