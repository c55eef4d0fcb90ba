/** Stills are lossless PNG files, and a strip puts them side by side. */
import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { encodePng, encodeStrip, stripCell } from "./stills.js";

const SIZE = { width: 6, height: 4 };

/** A picture of one color with one different pixel, in shared memory like the renderer's. */
function picture(red: number) {
  const rgb = new Uint8Array(new SharedArrayBuffer(3 * SIZE.width * SIZE.height));
  for (let i = 0; i < rgb.length; i += 3) rgb.set([red, 128, 7], i);
  rgb.set([1, 2, 3]);
  return { rgb, ...SIZE };
}

const decode = async (bytes: Uint8Array) =>
  sharp(bytes).raw().toBuffer({ resolveWithObject: true });

test("a still is lossless", async () => {
  const { bytes, width, height } = await encodePng(picture(200));
  assert.deepEqual({ width, height }, SIZE);
  const { data, info } = await decode(bytes);
  assert.deepEqual([info.width, info.height, info.channels], [6, 4, 3]);
  assert.deepEqual(new Uint8Array(data), new Uint8Array(picture(200).rgb));
});

test("a strip shows its stills from left to right", async () => {
  async function* pictures() {
    for (const red of [10, 100, 250]) yield picture(red);
  }
  const strip = await encodeStrip(SIZE, 3, pictures());
  assert.deepEqual([strip.width, strip.height], [18, 4]);
  const { data, info } = await decode(strip.bytes);
  assert.deepEqual([info.width, info.height, info.channels], [18, 4, 3]);
  const lastRow = [1, 7, 13].map((column) => data[3 * (3 * info.width + column)]);
  assert.deepEqual(lastRow, [10, 100, 250]);
});

test("the stills of a strip shrink until all of them fit side by side into 4096 pixels", () => {
  assert.deepEqual(stripCell({ width: 1280, height: 720 }, 2), { width: 1280, height: 720 });
  assert.deepEqual(stripCell({ width: 1280, height: 720 }, 4), { width: 1024, height: 576 });
  assert.deepEqual(stripCell({ width: 4096, height: 64 }, 16), { width: 256, height: 4 });
});
