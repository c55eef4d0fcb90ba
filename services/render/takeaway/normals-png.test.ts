/** Normals keep their sixteen bits in the file. */
import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { surfaceNormals } from "../../../core/scene/normals.js";
import { normalsPng } from "./normals-png.js";

test("the file has the normals of the map, in 16 bits and without a color profile", async () => {
  const disparitySize = { width: 40, height: 30 };
  const disparity = Uint16Array.from({ length: 1200 }, (_, i) => 700 * (i % 40) + 3 * i);
  const relief = { height: 0.2, halfSides: { x: 4 / 3, y: 1 } };
  const { bytes, ...size } = await normalsPng({ disparity, disparitySize, ...relief });
  assert.deepEqual(size, disparitySize);
  const image = sharp(bytes);
  const { depth, channels, icc } = await image.metadata();
  assert.deepEqual([depth, channels, icc], ["ushort", 3, undefined]);
  const raw = await image.toColourspace("rgb16").raw({ depth: "ushort" }).toBuffer();
  const read = new Uint16Array(raw.buffer, raw.byteOffset, raw.length / 2);
  assert.deepEqual(read, surfaceNormals(disparity, disparitySize, { ...relief, cutStep: 0.04 }));
});
