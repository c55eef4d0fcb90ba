/** Whether all pixels of a JPEG are there: whole files, cut ones, and stray bytes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { seededRandom } from "../../testing/random.js";
import { jpegPixels } from "./jpeg-pixels.js";

const random = seededRandom(4);
const SIZE = { width: 77, height: 53 };
const grain = Uint8Array.from({ length: 3 * SIZE.width * SIZE.height }, (_, i) =>
  Math.floor((i % 200) + 56 * random()),
);
const picture = () => sharp(grain, { raw: { ...SIZE, channels: 3 } });
const END = Buffer.of(0xff, 0xd9);

const WAYS = ["b-w", "srgb", "cmyk"].flatMap((space) =>
  [false, true].flatMap((progressive) =>
    (["4:4:4", "4:2:0"] as const).map((chromaSubsampling) => ({
      space,
      progressive,
      chromaSubsampling,
    })),
  ),
);

test("a whole JPEG is whole, and one that ends early is cut, in every coding", async () => {
  for (const { space, ...options } of WAYS) {
    const name = JSON.stringify({ space, ...options });
    const jpeg = await picture().toColourspace(space).jpeg(options).toBuffer();
    assert.deepEqual(jpegPixels(jpeg), { state: "whole" }, name);
    for (const share of [0.6, 0.8, 0.95]) {
      const cut = Buffer.concat([jpeg.subarray(0, Math.floor(share * jpeg.length)), END]);
      assert.equal(jpegPixels(cut).state, "cut", `${name} ${share}`);
    }
  }
});

test("stray bytes before a marker leave a JPEG whole", async () => {
  const jpeg = await picture().jpeg().toBuffer();
  const stray = Buffer.concat([jpeg.subarray(0, -2), Buffer.of(1, 2, 3, 0, 0), END]);
  assert.equal(jpegPixels(stray).state, "whole");
});

test("arithmetic codes are not read", async () => {
  const jpeg = await picture().jpeg().toBuffer();
  jpeg[jpeg.indexOf("\xff\xc0", 0, "latin1") + 1] = 0xc9;
  assert.equal(jpegPixels(jpeg).state, "unknown");
});
