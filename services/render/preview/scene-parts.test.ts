/**
 * The photo and the depth map of a scene as pictures: exact, within their sizes, within a message.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import type { PreviewFormat } from "../../../core/preview/options.js";
import type { SceneRasters } from "../../../core/scene/clip/clip-scene.js";
import { sceneParts } from "./scene-parts.js";

const SIZE = { width: 60, height: 40 };
const PIXELS = SIZE.width * SIZE.height;

/** A gradient of colors over a ramp of disparity whose low bytes matter. */
function rasters(): SceneRasters {
  const photo = Uint8Array.from({ length: 3 * PIXELS }, (_, i) => (i * 7) % 251);
  const disparity = Uint16Array.from({ length: PIXELS }, (_, i) => (i * 37) % 65_536);
  return { photo, photoSize: SIZE, alpha: undefined, disparity, disparitySize: SIZE };
}

const options = (format: PreviewFormat, longestSide = 1280) => ({
  ...{ format, longestSide, quality: 80 },
});

const rawOf = async (file: Uint8Array, depth: "uchar" | "ushort" = "uchar") =>
  sharp(file).raw({ depth }).toBuffer({ resolveWithObject: true });

test("a scene that is small enough comes as it is: the photo's bytes, and all 16 bits of the map", async () => {
  const scene = rasters();
  const { photo, depthMap, notes } = await sceneParts(scene, options("png"));
  assert.deepEqual(notes, []);
  assert.deepEqual([photo.mediaType, photo.width, photo.height], ["image/png", 60, 40]);
  assert.deepEqual(new Uint8Array((await rawOf(photo.data)).data), scene.photo);
  assert.deepEqual([depthMap.mediaType, depthMap.width, depthMap.height], ["image/png", 60, 40]);
  const { format, depth, channels } = await sharp(depthMap.data).metadata();
  assert.deepEqual([format, depth, channels], ["png", "ushort", 1]);
  const { data } = await sharp(depthMap.data)
    .toColourspace("grey16")
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  assert.deepEqual(new Uint16Array(data.buffer, data.byteOffset, PIXELS), scene.disparity);
});

test("both pictures keep to the longest side, and the map to its range, without rings at a step", async () => {
  const step = Uint16Array.from({ length: PIXELS }, (_, i) => (i % 60 < 30 ? 20_001 : 40_003));
  const scene = { ...rasters(), disparity: step };
  const { photo, depthMap, notes } = await sceneParts(scene, options("jpeg", 20));
  assert.deepEqual([photo.width, photo.height, depthMap.width, depthMap.height], [20, 13, 20, 13]);
  assert.deepEqual(notes, []);
  const { data, info } = await sharp(depthMap.data)
    .toColourspace("grey16")
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  const samples = new Uint16Array(data.buffer, data.byteOffset, info.width * info.height);
  assert.deepEqual([Math.min(...samples), Math.max(...samples)], [20_001, 40_003]);
});

test("PNG and WebP keep the photo's alpha, with its colors straight; JPEG shows it over white", async () => {
  const scene = {
    ...rasters(),
    // Half of (100, 50, 200) over white.
    photo: Uint8Array.from({ length: 3 * PIXELS }, (_, i) => [177, 152, 227][i % 3] ?? 0),
    alpha: new Uint8Array(PIXELS).fill(128),
  };
  for (const format of ["png", "webp"] as const) {
    for (const side of [1280, 30]) {
      const { photo } = await sceneParts(scene, options(format, side));
      const { data, info } = await rawOf(photo.data);
      assert.equal(info.channels, 4, `${format} at ${side}`);
      const [red = 0, green = 0, blue = 0, alpha = 0] = data;
      const off = [red - 100, green - 50, blue - 200, alpha - 128].map(Math.abs);
      assert.ok(Math.max(...off) <= (format === "png" ? 2 : 8), `${format} at ${side}: ${off}`);
    }
  }
  const { photo } = await sceneParts(scene, options("jpeg"));
  const { data, info } = await rawOf(photo.data);
  assert.equal(info.channels, 3);
  assert.ok(Math.abs((data[0] ?? 0) - 177) <= 4);
});

test("what does not fit into the answer becomes smaller, and a note says which picture", async () => {
  const noise = (length: number) => {
    let state = 1;
    return Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    });
  };
  const scene = { ...rasters(), photo: noise(3 * PIXELS), disparity: new Uint16Array(PIXELS) };
  const all = await sceneParts(scene, options("png"));
  const room = all.photo.data.length * 0.6 + all.depthMap.data.length;
  const { photo, depthMap, notes } = await sceneParts(scene, options("png"), room);
  assert.ok(photo.data.length + depthMap.data.length <= room);
  assert.ok(photo.width < 60 && photo.width > 30, `the photo has ${photo.width} columns`);
  assert.ok(Math.abs(photo.width / photo.height - 1.5) < 0.05);
  assert.equal(depthMap.width, 60);
  assert.deepEqual(
    notes.map(({ code, metadata }) => [code, metadata.picture, metadata.wanted_size]),
    [["PICTURE_REDUCED", "photo", "60×40"]],
  );
});
