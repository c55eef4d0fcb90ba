/** Between a photo and a model: sizes, planes, kernels, and what raw output means. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../testing/random.js";
import type { SizeRule } from "./model-contract.js";
import {
  modelInputSize,
  modelTensor,
  outputFault,
  rawDisparity,
  scaledRule,
} from "./model-contract.js";
import { resize } from "./resize.js";

const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5) => {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs((actual[i] ?? 0) - (expected[i] ?? 0));
    assert.ok(difference <= tolerance, `${i}: ${actual[i]} is not ${expected[i]}`);
  }
};

const LOWER = { rule: "lower", sidePixels: 518, multiple: 14, maxLongSidePixels: 1036 } as const;
const UPPER = { rule: "upper", sidePixels: 504, multiple: 14 } as const;
const SIZES: readonly [string, SizeRule, [number, number], [number, number]][] = [
  ["a 4:3 photo has a short side of 518", LOWER, [4000, 3000], [686, 518]],
  ["portrait is the same, turned", LOWER, [3000, 4000], [518, 686]],
  ["a small photo is enlarged", LOWER, [100, 100], [518, 518]],
  ["a panorama stops at the cap", LOWER, [9000, 3000], [1036, 350]],
  ["an upper bound holds the long side", UPPER, [4000, 3000], [504, 378]],
  ["a line keeps two rows of patches", UPPER, [9000, 100], [504, 28]],
  [
    "a fixed size squashes",
    { rule: "fixed", widthPixels: 256, heightPixels: 192 },
    [9, 99],
    [256, 192],
  ],
];
for (const [what, rule, [width, height], [wide, high]] of SIZES) {
  test(what, () => {
    assert.deepEqual(modelInputSize({ width, height }, rule), { width: wide, height: high });
  });
}

test("half the size stays on the grid, and a fixed size has no half", () => {
  const half = scaledRule(LOWER, 0.5);
  assert.deepEqual(half, { ...LOWER, sidePixels: 266, maxLongSidePixels: 518 });
  assert.equal(scaledRule({ rule: "fixed", widthPixels: 256, heightPixels: 256 }, 0.5), undefined);
});

test("a tensor is planes in the model's order, normalized plane by plane", () => {
  const size = { width: 2, height: 1 };
  const bytes = Uint8Array.from([255, 0, 51, 0, 255, 102]);
  const normalisation = { mean: [0.5, 0, 0.2], std: [0.5, 1, 0.1] } as const;
  const kernel = "cubic" as const;
  const rgb = modelTensor(bytes, size, size, { channels: "RGB", kernel, normalisation });
  near(rgb, [1, -1, 0, 1, 0, 2]);
  const bgr = modelTensor(bytes, size, size, { channels: "BGR", kernel, normalisation });
  near(bgr, [-0.6, -0.2, 0, 1, 8, -2]);
  const plain = modelTensor(bytes, size, size, { channels: "RGB", kernel, normalisation: null });
  near(plain, [1, 0, 0, 1, 0.2, 0.4]);
});

test("cubic keeps a slope away from the edges, and a constant everywhere, in both directions", () => {
  const from = { width: 40, height: 3 };
  const slope = Float32Array.from({ length: 120 }, (_, i) => 2 * (i % 40));
  const random = seededRandom(5);
  const flat = new Float32Array(120).fill(random());
  for (const width of [13, 80]) {
    const to = { width, height: 5 };
    const resized = resize(slope, from, to, 1, "cubic");
    const scale = 40 / width;
    const margin = Math.ceil(4 / Math.min(1, scale));
    for (let x = margin; x < width - margin; x++) {
      near([resized[x] ?? 0], [2 * ((x + 0.5) * scale - 0.5)], 0.01);
    }
    near(resize(flat, from, to, 1, "cubic"), new Float32Array(5 * width).fill(flat[0] ?? 0));
  }
});

test("area-cubic is the one when shrinking and the other when enlarging", () => {
  const random = seededRandom(6);
  const map = Float32Array.from({ length: 64 }, () => random());
  const from = { width: 8, height: 8 };
  const small = { width: 5, height: 4 };
  const large = { width: 17, height: 20 };
  assert.deepEqual(resize(map, from, small, 1, "area-cubic"), resize(map, from, small, 1, "area"));
  assert.deepEqual(resize(map, from, large, 1, "area-cubic"), resize(map, from, large, 1, "cubic"));
  assert.notDeepEqual(resize(map, from, large, 1, "cubic"), resize(map, from, large, 1, "area"));
});

test("whatever a model gives becomes disparity, larger is nearer", () => {
  const raw = Float32Array.from([4, 0.5, 2]);
  near(rawDisparity(raw, { name: null, kind: "disparity", near: "large" }), [4, 0.5, 2]);
  near(rawDisparity(raw, { name: null, kind: "disparity", near: "small" }), [-4, -0.5, -2]);
  for (const kind of ["depth", "metric"] as const) {
    near(rawDisparity(raw, { name: null, kind }), [0.25, 2, 0.5]);
  }
  near(rawDisparity(Float32Array.from([0, -3]), { name: null, kind: "depth" }), [0, 0]);
});

test("an output with a value that is no number, or with one value only, says nothing", () => {
  const map = Float32Array.from([0, 1, 2, 3]);
  assert.equal(outputFault(map), undefined);
  assert.equal(outputFault(map.map((value) => value * 1e-20)), undefined);
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.equal(outputFault(map.with(2, wrong)), "not-finite");
  }
  for (const value of [0, -7.3, 1e30]) {
    assert.equal(outputFault(new Float32Array(9).fill(value)), "constant");
  }
});
