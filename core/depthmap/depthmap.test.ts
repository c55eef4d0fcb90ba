/** The pure steps between a model's raw output and a disparity map. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../testing/random.js";
import { boxMean } from "./box-mean.js";
import { luma } from "./color.js";
import { flipAverage, mirrored } from "./model-contract.js";
import { normalize, robustRange, toUint16 } from "./range.js";
import { resize, resizedBytes } from "./resize.js";

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

test("a shrunk photo has in each pixel the mean of the area that the pixel covers", () => {
  const [from, to] = [
    { width: 15, height: 11 },
    { width: 8, height: 4 },
  ];
  const rgb = Uint8Array.from({ length: 3 * 15 * 11 }, () => 256 * random());
  const overlap = (low: number, high: number, at: number) =>
    Math.max(0, Math.min(high, at + 1) - Math.max(low, at));
  const means: number[] = [];
  for (let i = 0; i < 3 * to.width * to.height; i++) {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % to.width, Math.floor(i / 3 / to.width)];
    const [sx, sy] = [from.width / to.width, from.height / to.height];
    let sum = 0;
    for (let j = 0; j < from.width * from.height; j++) {
      const [u, v] = [j % from.width, Math.floor(j / from.width)];
      const area = overlap(x * sx, (x + 1) * sx, u) * overlap(y * sy, (y + 1) * sy, v);
      sum += area * (rgb[3 * j + c] ?? 0);
    }
    means.push(sum / (sx * sy));
  }
  // Half a step of rounding.
  assert.ok(maxDifference(resizedBytes(rgb, from, to), means) < 0.501);
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
