import assert from "node:assert/strict";
import { test } from "node:test";
import { gaussianBlur } from "../../depthmap/filters.js";
import { buildLayers } from "./build-layers.js";
import { isSoft } from "./softness.js";

const SIZE = { width: 96, height: 64 };

const isDisc = (x: number, y: number) => Math.hypot(x - 48, y - 32) < 18;

const values = Float32Array.from({ length: SIZE.width * SIZE.height }, (_, i) => {
  const y = Math.floor(i / SIZE.width);
  return isDisc(i % SIZE.width, y) ? 0.8 : 0.1 + 0.003 * y;
});
const to16Bit = (map: Float32Array) => Uint16Array.from(map, (value) => Math.round(65535 * value));
const sharp = to16Bit(values);
const soft = to16Bit(gaussianBlur(values, SIZE, 2));

test("a blurred map is soft; one with steps, a slope and a flat one are not", () => {
  assert.equal(isSoft(soft, SIZE), true);
  assert.equal(isSoft(sharp, SIZE), false);
  assert.equal(isSoft(to16Bit(values.map((_, i) => (0.004 * i) / SIZE.width)), SIZE), false);
  assert.equal(isSoft(new Uint16Array(values.length), SIZE), false);
});

test("with the photo a soft map is cut where the photo has its edge", () => {
  const rgb = new Uint8Array(3 * values.length).map((_, at) => {
    const pixel = Math.floor(at / 3);
    return isDisc(pixel % SIZE.width, Math.floor(pixel / SIZE.width)) ? 190 : 40;
  });
  const reach = { cutDisparity: 0.05, texelsPerDisparity: 20, inverted: false };
  const { seams } = buildLayers(soft, SIZE, reach, { ...SIZE, rgb });
  const isNear = (at: number) => (seams.disparity[at] ?? 0) > 0.5 * 65535;
  let wrong = 0;
  for (let at = 0; at < values.length; at++) {
    if (isNear(at) !== isDisc(at % SIZE.width, Math.floor(at / SIZE.width))) wrong++;
  }
  assert.ok(wrong <= 12, `${wrong} texels lie on the wrong side`);
  assert.ok(seams.rims.near.texels.length > 80, "the disc's outline is cut");
  const untouched = buildLayers(sharp, SIZE, reach, { ...SIZE, rgb });
  assert.deepEqual(untouched.seams.disparity, sharp);
});
