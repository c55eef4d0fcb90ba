/** With a photo comes its smaller guide: the same picture, whatever kind of file it was. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import sharp, { type Sharp } from "sharp";
import { resizedBytes } from "../../../core/depthmap/resize.js";
import { DEFAULT_PHOTO_LIMITS } from "../../../core/photo/limits.js";
import { Decoder } from "./decoder.js";
import type { PhotoRules } from "./protocol.js";

const RULES: PhotoRules = {
  limits: DEFAULT_PHOTO_LIMITS,
  formats: ["jpeg", "png", "webp", "gif", "tiff"],
};
const decoder = await Decoder.start({ memoryBytes: 2 ** 30, timeMs: 10_000, stallMs: 60_000 });
after(() => decoder.close());

const SIZE = { width: 60, height: 40 };
/** A different color at each pixel, opaque at the left and transparent at the right. */
const pixels = Buffer.alloc(4 * SIZE.width * SIZE.height);
for (let i = 0; i < SIZE.width * SIZE.height; i++) {
  const [x, y] = [i % SIZE.width, Math.floor(i / SIZE.width)];
  pixels.set([4 * x, 6 * y, 255 - 4 * x, x < 30 ? 255 : 255 - 8 * (x - 30)], 4 * i);
}
const transparent = () => sharp(pixels, { raw: { ...SIZE, channels: 4 } });
const opaque = () => transparent().removeAlpha();

const KINDS: readonly (readonly [kind: string, file: Sharp])[] = [
  ["a turned JPEG", opaque().withMetadata({ orientation: 6 }).jpeg()],
  ["a JPEG in Display P3", opaque().withIccProfile("p3").jpeg()],
  ["a gray PNG", opaque().grayscale().png()],
  ["a PNG of 16 bits", opaque().toColourspace("rgb16").png()],
  ["a transparent PNG", transparent().png()],
  ["a GIF", opaque().gif()],
];

for (const [kind, file] of KINDS) {
  test(`${kind} comes with a guide of the same pixels`, async () => {
    const bytes = await file.toBuffer();
    const fit = { longSidePixels: 4096 };
    const plain = await decoder.photo(bytes, { ...RULES, fit, wantsAlpha: true });
    const photo = await decoder.photo(bytes, {
      ...{ ...RULES, fit, wantsAlpha: true },
      guideLongSidePixels: 21,
    });
    const { guide, ...shown } = photo;
    const { guide: whole, ...alone } = plain;
    assert.equal(whole.rgb, plain.rgb, "without a wish the photo is its own guide");
    assert.deepEqual(shown, alone, "the photo and its alpha do not depend on the guide");
    assert.equal(shown.alpha !== undefined, kind === "a transparent PNG");
    assert.equal(Math.max(guide.width, guide.height), 21);
    assert.equal(guide.width > guide.height, photo.width > photo.height);
    assert.deepEqual(Buffer.from(guide.rgb), Buffer.from(resizedBytes(photo.rgb, photo, guide)));
  });
}

test("a map as large as the photo is guided by the photo itself, without a copy", async () => {
  const bytes = await opaque().png().toBuffer();
  const photo = await decoder.photo(bytes, {
    ...{ ...RULES, fit: { longSidePixels: 4096 } },
    guideLongSidePixels: 60,
  });
  assert.equal(photo.guide.rgb, photo.rgb);
  // A message to the thread of pixel loops shares such memory instead of copying it.
  assert.ok(photo.rgb.buffer instanceof SharedArrayBuffer);
});
