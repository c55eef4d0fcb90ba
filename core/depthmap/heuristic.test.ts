/** The estimate without a model on pictures whose depth order is obvious. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../testing/random.js";
import { heuristicDisparity } from "./heuristic.js";
import type { DisparityMap } from "./post-processing.js";
import { resize } from "./resize.js";

const size = { width: 320, height: 240 };
/** Mean over a rectangle of the photo, in its pixels. */
const mean = (map: DisparityMap, x0: number, y0: number, x1: number, y1: number) => {
  const values = resize(map.values, map, size, 1);
  let sum = 0;
  for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) sum += values[y * 320 + x] ?? 0;
  return sum / ((x1 - x0) * (y1 - y0));
};
const photo = (color: (x: number, y: number) => readonly [number, number, number]) => {
  const rgb = new Uint8Array(3 * 320 * 240);
  for (let i = 0; i < 320 * 240; i++) rgb.set(color(i % 320, Math.floor(i / 320)), 3 * i);
  return rgb;
};

test("a photo of one color is a slope from far above to near below, within [0, 1]", () => {
  const map = heuristicDisparity(
    photo(() => [90, 90, 90]),
    size,
  );
  assert.equal(map.values.length, map.width * map.height);
  assert.ok(map.values.every((value) => value >= 0 && value <= 1));
  assert.ok(mean(map, 0, 0, 320, 20) < 0.1);
  assert.ok(mean(map, 0, 220, 320, 240) > 0.85);
});

test("a blue sky is far, and a thing that differs from it is nearer than the sky beside it", () => {
  const random = seededRandom(7);
  const map = heuristicDisparity(
    photo((x, y) => {
      if (x > 130 && x < 190 && y > 60 && y < 200) return [180, 40, 30];
      const grain = Math.floor(30 * random());
      return y < 120 ? [120, 170, 250] : [90 + grain, 80 + grain, 60 + grain];
    }),
    size,
  );
  assert.ok(mean(map, 0, 0, 100, 60) < 0.15);
  assert.ok(mean(map, 145, 75, 175, 110) > mean(map, 20, 75, 100, 110) + 0.1);
});

test("even a single pixel and a single row get a map", () => {
  for (const tiny of [
    { width: 1, height: 1 },
    { width: 40, height: 1 },
  ]) {
    const map = heuristicDisparity(new Uint8Array(3 * tiny.width).fill(7), tiny);
    assert.ok(map.values.every(Number.isFinite));
  }
});
