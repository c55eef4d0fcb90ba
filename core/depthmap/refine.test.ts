/** Refinement by numbers: smooth where the estimate is smooth, steps where it has ramps. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../testing/random.js";
import type { Size } from "../geometry/size.js";
import { gaussianBlur } from "./filters.js";
import { type EdgeQuality, refine } from "./refine.js";
import { resize } from "./resize.js";

const photo: Size = { width: 640, height: 360 };
const grid: Size = { width: 320, height: 180 };
const FAR = 0.2;
const NEAR = 0.7;

const perTexel = ({ width, height }: Size, value: (x: number, y: number) => number) =>
  Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width)));

/** A photo of gray levels in [0, 255], with a little noise. */
function photoOf(gray: (x: number, y: number) => number, noise = 6): Uint8Array {
  const random = seededRandom(5);
  const rgb = new Uint8Array(3 * photo.width * photo.height);
  for (let i = 0; i < rgb.length; i += 3) {
    const [x, y] = [(i / 3) % photo.width, Math.floor(i / 3 / photo.width)];
    const value = gray(x, y) + noise * (2 * random() - 1);
    rgb.fill(Math.min(255, Math.max(0, value)), i, i + 3);
  }
  return rgb;
}

/** What an estimator gives for the truth at the photo's size. */
const estimateOf = (truth: Float32Array, blurPixels = 1) =>
  gaussianBlur(resize(truth, photo, grid, 1), grid, blurPixels);

const refined = (estimate: Float32Array, rgb: Uint8Array, quality: EdgeQuality = "sharp") =>
  refine(estimate, grid, rgb, photo, quality);

/** Each row's columns in which the map crosses the middle between far and near. */
function crossings(map: Float32Array, y: number): number[] {
  const middle = (FAR + NEAR) / 2;
  const row = map.subarray(y * photo.width, (y + 1) * photo.width);
  return [...row.keys()].filter(
    (x) => x > 0 && (row[x] ?? 0) > middle !== (row[x - 1] ?? 0) > middle,
  );
}

/** Checks that in every row the map is far left of `edge` and near from it on, within a texel. */
function assertStep(map: Float32Array, edge: number, within: number) {
  for (let y = 8; y < photo.height - 8; y++) {
    const found = crossings(map, y);
    assert.equal(found.length, 1, `row ${y}: ${found}`);
    const x = found[0] ?? 0;
    assert.ok(Math.abs(x - edge) <= within, `row ${y}: step at ${x}, not at ${edge}`);
    const [before, after] = [map[y * photo.width + x - 1] ?? 0, map[y * photo.width + x] ?? 0];
    assert.ok(Math.abs(before - FAR) < 0.02 && Math.abs(after - NEAR) < 0.02, `${before} ${after}`);
  }
}

test("the photo's texture leaves no trace in a plane", () => {
  const plane = (x: number, y: number) => 0.1 + 0.002 * y + 0.0008 * x;
  const random = seededRandom(3);
  const checks = photoOf((x, y) => (((x >> 4) + (y >> 4)) % 2 ? 230 : 20));
  const grain = photoOf(() => 255 * random(), 0);
  for (const rgb of [checks, grain]) {
    const map = refined(perTexel(grid, plane), rgb);
    for (let y = 6; y < photo.height - 6; y++) {
      for (let x = 6; x < photo.width - 6; x++) {
        // Texel centers of the photo on the estimate's grid.
        const expected = plane((x + 0.5) / 2 - 0.5, (y + 0.5) / 2 - 0.5);
        assert.ok(Math.abs((map[y * photo.width + x] ?? 0) - expected) < 1e-3);
      }
    }
  }
});

test("a blurred step becomes a step within a texel of the photo's edge, also where it is off", () => {
  const rgb = photoOf((x) => (x < 300 ? 90 : 160));
  for (const off of [-4, -2, 0, 2, 4]) {
    const truth = perTexel(photo, (x) => (x < 300 + off ? FAR : NEAR));
    assertStep(refined(estimateOf(truth), rgb), 300, 1);
  }
  const coarse = estimateOf(
    perTexel(photo, (x) => (x < 300 ? FAR : NEAR)),
    2,
  );
  assertStep(refined(coarse, rgb, "blurred"), 300, 1);
});

test("a step stays in place where the photo has no edge, or only texture", () => {
  const random = seededRandom(4);
  const truth = perTexel(photo, (x) => (x < 300 ? FAR : NEAR));
  assertStep(
    refined(
      estimateOf(truth),
      photoOf(() => 120),
    ),
    300,
    1,
  );
  const leaves = photoOf(() => (random() < 0.5 ? 60 : 160));
  const map = refined(estimateOf(truth), leaves);
  const found = Array.from({ length: photo.height - 16 }, (_, y) => crossings(map, y + 8));
  assert.ok(found.every((row) => row.length > 0));
  const all = found.flat();
  assert.ok(all.every((x) => Math.abs(x - 300) <= 5));
  const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
  assert.ok(Math.abs(mean - 300) <= 1, `${mean}`);
});

test("a slanted edge has no teeth beyond the photo's own", () => {
  const edgeAt = (y: number) => 250.3 + 0.21 * y;
  const rgb = photoOf((x, y) => (x < edgeAt(y) ? 90 : 160));
  const map = refined(estimateOf(perTexel(photo, (x, y) => (x < edgeAt(y) ? FAR : NEAR))), rgb);
  for (let y = 8; y < photo.height - 8; y++) {
    const found = crossings(map, y);
    assert.equal(found.length, 1, `row ${y}: ${found}`);
    assert.ok(Math.abs((found[0] ?? 0) - edgeAt(y)) <= 1.5, `row ${y}: ${found}, ${edgeAt(y)}`);
  }
});

test("a rise that is wider than a ramp stays as it is", () => {
  const slope = perTexel(grid, (x) => Math.min(NEAR, Math.max(FAR, FAR + (x - 150) * 0.02)));
  const rgb = photoOf((x) => (x < 320 ? 60 : 200));
  const enlarged = resize(slope, grid, photo, 1, "cubic");
  const map = refined(slope, rgb);
  assert.ok(map.every((value, i) => Math.abs(value - (enlarged[i] ?? 0)) < 1e-6));
});

test("a constant stays constant, the same comes twice, and a larger map than the photo is taken", () => {
  const random = seededRandom(8);
  const rgb = photoOf(() => 255 * random(), 0);
  const constant = new Float32Array(grid.width * grid.height).fill(0.4);
  assert.ok(refined(constant, rgb).every((value) => Math.abs(value - 0.4) < 1e-6));
  const noise = estimateOf(Float32Array.from({ length: photo.width * photo.height }, random), 2);
  assert.deepEqual(refined(noise, rgb), refined(noise, rgb));
  const twice = { width: 2 * photo.width, height: 2 * photo.height };
  const step = perTexel(twice, (x) => (x < 600 ? FAR : NEAR));
  const map = refine(
    step,
    twice,
    photoOf((x) => (x < 300 ? 90 : 160)),
    photo,
    "sharp",
  );
  assertStep(map, 300, 1);
});

test("photos of one pixel, one row and one column get a map", () => {
  for (const size of [
    { width: 1, height: 1 },
    { width: 40, height: 1 },
    { width: 1, height: 40 },
  ]) {
    const rgb = new Uint8Array(3 * size.width * size.height).fill(9);
    const map = refine(
      Float32Array.from([0, 1, 0.5, 0]),
      { width: 2, height: 2 },
      rgb,
      size,
      "sharp",
    );
    assert.ok(map.every(Number.isFinite));
    assert.equal(map.length, size.width * size.height);
  }
});
