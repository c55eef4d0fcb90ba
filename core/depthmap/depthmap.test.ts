/** The pure steps between a model's raw output and a disparity map. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../testing/random.js";
import { alignToPhoto, type EdgeQuality } from "./align.js";
import { luma } from "./color.js";
import { boxMean, evaluate, evaluateAt, fitLinear, guidePlanes } from "./guided.js";
import { flipAverage, mirrored } from "./model-contract.js";
import { normalize, robustRange, toUint16 } from "./range.js";
import { resize } from "./resize.js";

const random = seededRandom(2);
const noise = (length: number) => Float32Array.from({ length }, () => random());
const maxDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? Number.NaN))));

test("resize to the same size changes nothing", () => {
  const map = noise(12 * 7);
  const size = { width: 12, height: 7 };
  assert.equal(maxDifference(resize(map, size, size, 1), map), 0);
});

test("shrinking averages areas: whole blocks exactly, and the mean is kept at any ratio", () => {
  const map = Float32Array.from([0, 2, 10, 10, 4, 6, 30, 10]);
  const half = resize(map, { width: 4, height: 2 }, { width: 2, height: 1 }, 1);
  assert.deepEqual([...half], [3, 15]);
  const large = noise(50 * 31);
  const small = resize(large, { width: 50, height: 31 }, { width: 7, height: 9 }, 1);
  const mean = (values: Float32Array) => values.reduce((sum, v) => sum + v, 0) / values.length;
  assert.ok(Math.abs(mean(small) - mean(large)) < 1e-5);
});

test("enlarging is bilinear at texel centers, and channels do not mix", () => {
  const wide = resize(
    Float32Array.from([0, 100, 8, 200]),
    { width: 2, height: 1 },
    { width: 4, height: 1 },
    2,
  );
  assert.deepEqual([...wide], [0, 100, 2, 125, 6, 175, 8, 200]);
});

test("the box mean is that of the window, cut at the edges", () => {
  const size = { width: 9, height: 6 };
  const map = noise(54);
  for (const radius of [1, 2, 20]) {
    const fast = boxMean(map, size, radius);
    for (let y = 0; y < size.height; y++) {
      for (let x = 0; x < size.width; x++) {
        let sum = 0;
        let count = 0;
        for (let v = Math.max(0, y - radius); v <= Math.min(size.height - 1, y + radius); v++) {
          for (let u = Math.max(0, x - radius); u <= Math.min(size.width - 1, x + radius); u++) {
            sum += map[v * size.width + u] ?? 0;
            count += 1;
          }
        }
        assert.ok(Math.abs((fast[y * size.width + x] ?? 0) - sum / count) < 1e-5);
      }
    }
  }
});

test("outliers and values that are no numbers do not set the range", () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => i / 1000);
  values[3] = 5;
  values[4] = Number.NaN;
  values[5] = Number.NEGATIVE_INFINITY;
  const { low, high } = robustRange(values);
  assert.ok(low >= 0 && low < 0.02, `${low}`);
  assert.ok(high > 0.97 && high < 1.01, `${high}`);
  const scaled = normalize(values, { low, high });
  assert.equal(scaled[3], 1);
  assert.equal(scaled[4], 0);
  assert.ok(scaled.every((value) => value >= 0 && value <= 1));
});

test("a flat scene is far everywhere, and so is one without a single number", () => {
  for (const values of [new Float32Array(9).fill(7), new Float32Array(9).fill(Number.NaN)]) {
    assert.deepEqual([...normalize(values, robustRange(values))], new Array(9).fill(0));
  }
});

test("the nearest is 65535", () => {
  assert.deepEqual([...toUint16(Float32Array.from([0, 0.5, 1]))], [0, 32768, 65535]);
});

const bytes = (length: number) => Uint8Array.from({ length }, () => Math.floor(256 * random()));

test("the guided filter keeps constants, and a linear image of the guide", () => {
  const size = { width: 24, height: 16 };
  const guide = guidePlanes(bytes(3 * 384));
  const window = { radius: 3, epsilon: 1e-7 };
  const constant = new Float32Array(384).fill(0.25);
  assert.ok(
    maxDifference(evaluate(fitLinear(constant, guide, size, window), guide), constant) < 1e-4,
  );
  const linear = guide[0].map(
    (r, i) => 0.5 * r - 0.3 * (guide[1][i] ?? 0) + 0.2 * (guide[2][i] ?? 0) + 0.1,
  );
  assert.ok(maxDifference(evaluate(fitLinear(linear, guide, size, window), guide), linear) < 1e-3);
});

test("coefficients of the grid's own size give the same map as the photo's bytes", () => {
  const size = { width: 24, height: 16 };
  const photo = bytes(3 * 384);
  const guide = guidePlanes(photo);
  const model = fitLinear(noise(384), guide, size, { radius: 2, epsilon: 1e-3 });
  assert.ok(maxDifference(evaluateAt(model, photo, size), evaluate(model, guide)) < 1e-4);
});

test("a blurred depth edge becomes a jump where the photo has its edge", () => {
  const size = { width: 900, height: 640 };
  const small = { width: 90, height: 64 };
  const near = (x: number) => x < 500;
  const photo = Uint8Array.from({ length: 3 * 900 * 640 }, (_, i) =>
    near(Math.floor(i / 3) % 900) ? 60 : 200,
  );
  const map = Float32Array.from({ length: 90 * 64 }, (_, i) => (near(10 * (i % 90)) ? 0.9 : 0.2));
  const blurred = boxMean(map, small, 3);
  const aligned = alignToPhoto(blurred, small, photo, size, "blurred");
  const jump = (m: Float32Array) => (m[320 * 900 + 499] ?? 0) - (m[320 * 900 + 500] ?? 0);
  const before = jump(resize(blurred, small, size, 1));
  assert.ok(jump(aligned) > 10 * before, `${before} → ${jump(aligned)}`);
  assert.equal(aligned.length, 900 * 640);
});

test("a thin thing of a sharp map stays; wide windows would wash it out", () => {
  const size = { width: 600, height: 400 };
  const small = { width: 150, height: 100 };
  // A dark pole before a wall of many grays, four pixels of the map wide.
  const pole = (x: number) => x >= 296 && x < 312;
  const photo = Uint8Array.from({ length: 3 * 600 * 400 }, (_, i) =>
    pole(Math.floor(i / 3) % 600) ? 20 : 120 + 100 * random(),
  );
  const map = Float32Array.from({ length: 150 * 100 }, (_, i) => (pole(4 * (i % 150)) ? 1 : 0));
  const at = (quality: EdgeQuality, x: number) =>
    alignToPhoto(map, small, photo, size, quality)[200 * 600 + x] ?? Number.NaN;
  assert.ok(at("sharp", 304) > 0.9);
  assert.ok(at("sharp", 330) < 0.05);
  assert.ok(Math.abs(at("blurred", 330)) > 2 * Math.abs(at("sharp", 330)));
});

test("luma weighs the channels by BT.709", () => {
  const rgb = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]);
  assert.ok(maxDifference(luma(rgb), [0.2126, 0.7152, 0.0722, 1]) < 1e-6);
});

test("mirroring twice changes nothing, and a mirrored bias cancels", () => {
  const map = noise(6 * 4);
  assert.deepEqual(mirrored(mirrored(map, 6), 6), map);
  // A net that adds its column number, on a photo and on its mirror image.
  const bias = (values: Float32Array) => values.map((value, i) => value + (i % 6));
  const averaged = flipAverage(bias(map), bias(mirrored(map, 6)), 6);
  assert.ok(
    maxDifference(
      averaged,
      map.map((value) => value + 2.5),
    ) < 1e-5,
  );
});
