/** The guided filter that refinement is compared with. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../testing/random.js";
import { evaluate, evaluateAt, fitLinear, guidePlanes } from "./guided.js";

const random = seededRandom(2);
const noise = (length: number) => Float32Array.from({ length }, () => random());
const maxDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
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
