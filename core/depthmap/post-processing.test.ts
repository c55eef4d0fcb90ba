/** Each step of post-processing alone, by numbers, and all of them together. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../testing/random.js";
import type { Size } from "../geometry/size.js";
import { sectionParameters } from "../spec/fields.js";
import { blendWithHeuristic } from "./blend.js";
import { gaussianBlur, grow } from "./filters.js";
import { type DisparityMap, type PostProcessing, postProcess, STEPS } from "./post-processing.js";

const PLAIN: PostProcessing = {
  rangeLowPercent: 0,
  rangeHighPercent: 100,
  invert: false,
  edgeRefinement: 0,
  fattenPixels: 0,
  smoothingPixels: 0,
};
const random = seededRandom(11);
const noise = (length: number) => Float32Array.from({ length }, () => random());
const photoOf = ({ width, height }: Size) => ({
  rgb: Uint8Array.from({ length: 3 * width * height }, () => Math.floor(256 * random())),
  width,
  height,
});
const near = (actual: ArrayLike<number>, expected: readonly number[], by = 1e-3) => {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assert.ok(
      Math.abs((actual[i] ?? Number.NaN) - value) <= by,
      `${i}: ${actual[i]}, not ${value}`,
    );
  }
};

test("growing takes the largest of each window, shrinking the smallest, at any size and radius", () => {
  for (const size of [
    { width: 13, height: 9 },
    { width: 1, height: 7 },
    { width: 4, height: 1 },
  ]) {
    const map = noise(size.width * size.height);
    for (const radius of [-3, -1, 1, 2, 5, 40]) {
      const grown = grow(map, size, radius);
      const reach = Math.abs(radius);
      for (let y = 0; y < size.height; y++) {
        for (let x = 0; x < size.width; x++) {
          const window: number[] = [];
          for (let v = Math.max(0, y - reach); v <= Math.min(size.height - 1, y + reach); v++) {
            for (let u = Math.max(0, x - reach); u <= Math.min(size.width - 1, x + reach); u++) {
              window.push(map[v * size.width + u] ?? 0);
            }
          }
          const expected = radius > 0 ? Math.max(...window) : Math.min(...window);
          assert.equal(grown[y * size.width + x], expected);
        }
      }
    }
  }
});

test("the Gaussian keeps constants and the mean of a point, and spreads by its deviation", () => {
  const size = { width: 61, height: 61 };
  near(gaussianBlur(new Float32Array(61 * 61).fill(0.3), size, 4), new Array(61 * 61).fill(0.3));
  const point = new Float32Array(61 * 61);
  point[30 * 61 + 30] = 1;
  const blurred = gaussianBlur(point, size, 4);
  let sum = 0;
  let variance = 0;
  for (let i = 0; i < blurred.length; i++) {
    sum += blurred[i] ?? 0;
    variance += (blurred[i] ?? 0) * ((i % 61) - 30) ** 2;
  }
  assert.ok(Math.abs(sum - 1) < 1e-4);
  assert.ok(Math.abs(Math.sqrt(variance) - 4) < 0.15, `${Math.sqrt(variance)}`);
});

test("percentiles set the range, inversion exchanges near and far", () => {
  const values = Float32Array.from({ length: 100 }, (_, i) => i);
  const size = { width: 10, height: 10 };
  const map: DisparityMap = { values, ...size, edges: "blurred" };
  const full = postProcess(map, photoOf(size), PLAIN).values;
  near([full[0] ?? 1, full[99] ?? 0], [0, 1]);
  const inverted = postProcess(map, photoOf(size), { ...PLAIN, invert: true }).values;
  near(
    inverted,
    [...full].map((value) => 1 - value),
  );
  const cut = { ...PLAIN, rangeLowPercent: 20, rangeHighPercent: 80 };
  const clamped = postProcess(map, photoOf(size), cut).values;
  assert.equal(clamped.filter((value) => value === 0).length, 20);
  assert.equal(clamped.filter((value) => value === 1).length, 19);
});

test("an estimate of another size and aspect gets the photo's", () => {
  const values = Float32Array.from([0, 1]);
  const small: DisparityMap = { values, width: 2, height: 1, edges: "sharp" };
  const map = postProcess(small, photoOf({ width: 4, height: 3 }), PLAIN);
  assert.deepEqual([map.width, map.height], [4, 3]);
  near(map.values, [0, 0.25, 0.75, 1, 0, 0.25, 0.75, 1, 0, 0.25, 0.75, 1]);
});

test("half the edge refinement is the mean of none and all", () => {
  const size = { width: 64, height: 48 };
  const photo = photoOf(size);
  const estimate = { values: noise(16 * 12), width: 16, height: 12, edges: "blurred" } as const;
  const at = (edgeRefinement: number) => postProcess(estimate, photo, { ...PLAIN, edgeRefinement });
  const [none, half, all] = [at(0).values, at(0.5).values, at(1).values];
  assert.notDeepEqual(none, all);
  let inside = 0;
  for (let i = 0; i < none.length; i++) {
    const whole = all[i] ?? 0;
    // Where the aligned map was clamped the mean is another.
    if (whole <= 0 || whole >= 1) continue;
    inside += 1;
    assert.ok(Math.abs((half[i] ?? 0) - ((none[i] ?? 0) + whole) / 2) < 1e-5);
  }
  assert.ok(inside > 100);
});

test("fattening and smoothing reach the map", () => {
  const size = { width: 9, height: 9 };
  const values = new Float32Array(81);
  values[40] = 1;
  const map: DisparityMap = { values, ...size, edges: "blurred" };
  const fat = postProcess(map, photoOf(size), { ...PLAIN, fattenPixels: 1 }).values;
  assert.equal(fat.filter((value) => value === 1).length, 9);
  const smooth = postProcess(map, photoOf(size), { ...PLAIN, smoothingPixels: 1 }).values;
  assert.ok((smooth[41] ?? 0) > 0.05 && (smooth[40] ?? 1) < 0.2);
});

test("every depth option of a job changes the map", () => {
  const size = { width: 32, height: 24 };
  const photo = photoOf(size);
  const estimate = { values: noise(16 * 12), width: 16, height: 12, edges: "blurred" } as const;
  const plain = postProcess(estimate, photo, PLAIN).values;
  // The size of the map and its source are chosen before these steps.
  const earlier = ["longSidePixels", "embedded"];
  const options = sectionParameters("depth").filter(([key]) => !earlier.includes(key));
  for (const [key, row] of options) {
    const values = row.kind === "number" ? [row.minimum, row.maximum] : [true, false];
    const isUsed = values.some((value) => {
      const map = postProcess(estimate, photo, { ...PLAIN, [key]: value });
      return map.values.some((actual, i) => Math.abs(actual - (plain[i] ?? 0)) > 1e-3);
    });
    assert.ok(isUsed, `no step uses ${row.name}`);
  }
});

test("a flat estimate stays flat and finite through every step", () => {
  const size = { width: 40, height: 30 };
  const all = { ...PLAIN, edgeRefinement: 1, fattenPixels: 2, smoothingPixels: 2 };
  for (const value of [0, 7, Number.NaN]) {
    const flat = { values: new Float32Array(1200).fill(value), ...size, edges: "blurred" } as const;
    const { values } = postProcess(flat, photoOf(size), all);
    near(values, new Array(1200).fill(0));
  }
});

test("the walk asks before each step, and ends with what is thrown there", () => {
  const size = { width: 8, height: 8 };
  const map = { values: noise(64), ...size, edges: "sharp" } as const;
  const seen: string[] = [];
  postProcess(map, photoOf(size), PLAIN, (step) => seen.push(step));
  assert.deepEqual(
    seen,
    STEPS.map((step) => step.name),
  );
  const stop = () => {
    throw new Error("cancelled");
  };
  assert.throws(() => postProcess(map, photoOf(size), PLAIN, stop), /cancelled/);
});

test("the blend is half of each at any scale of the net, and only the heuristic where the net is silent", () => {
  const size = { width: 96, height: 64 };
  const { rgb } = photoOf(size);
  const net = noise(96 * 64);
  const blend = (values: Float32Array) => blendWithHeuristic({ values, ...size }, rgb, size).values;
  const once = blend(net);
  near(blend(net.map((value) => 40 * value - 7)), [...once], 1e-3);
  const silent = blend(new Float32Array(96 * 64).fill(Number.NaN));
  near(blend(new Float32Array(96 * 64).fill(3)), [...silent], 1e-6);
  // once = ½ z(net) + silent, and z(net) has mean 0 and deviation 1.
  const rest = once.map((value, i) => 2 * (value - (silent[i] ?? 0)));
  const mean = rest.reduce((sum, value) => sum + value, 0) / rest.length;
  const square = rest.reduce((sum, value) => sum + value * value, 0) / rest.length;
  near([mean, square], [0, 1], 1e-2);
});
