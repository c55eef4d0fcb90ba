/** The march through a height field whose picture is known. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_CAMERA } from "../../core/scene/camera.js";
import { march } from "./march.js";

const size = { width: 64, height: 32 };
const photo = Uint8Array.from({ length: 3 * 64 * 32 }, (_, i) => 4 * (Math.floor(i / 3) % 64));
/** Moves a point of disparity d by 20·d pixels to the left. */
const camera = {
  ...DEFAULT_CAMERA,
  ...{ isometric: 1, steady: 0, height: 0.5, offset: { x: (20 * 2) / 32 / 0.5, y: 0 } },
};
const redsOf = (rgb: Uint8Array) => Array.from({ length: 64 }, (_, x) => rgb[3 * (16 * 64 + x)]);

test("a flat map moves as a whole and continues mirrored", () => {
  const disparity = new Float32Array(64 * 32).fill(0.5);
  const reds = redsOf(
    march({ photo, photoSize: size, disparity, disparitySize: size }, camera, size),
  );
  for (const x of [0, 20, 53]) assert.equal(reds[x], 4 * (x + 10));
  assert.equal(reds[60], 4 * (63 - (60 + 10 - 64)));
});

test("a near half is stretched to the far half, as a height field must be", () => {
  const disparity = Float32Array.from({ length: 64 * 32 }, (_, i) => (i % 64 < 32 ? 0.5 : 0));
  const reds = redsOf(
    march({ photo, photoSize: size, disparity, disparitySize: size }, camera, size),
  );
  assert.equal(reds[20], 4 * 30, "near: 10 pixels to the left");
  assert.equal(reds[40], 4 * 40, "far: where it was");
  // Between them the texel at the step covers ten pixels: its colors are within one texel.
  for (let x = 23; x < 31; x++) assert.ok(Math.abs((reds[x] ?? 0) - 4 * 31.5) <= 4, `column ${x}`);
});

test("height 0 gives the photo", () => {
  const disparity = Float32Array.from({ length: 64 * 32 }, (_, i) => (i % 7) / 7);
  const field = { photo, photoSize: size, disparity, disparitySize: size };
  assert.deepEqual(march(field, { ...camera, height: 0 }, size), photo);
});
