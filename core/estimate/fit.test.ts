/** Costs that follow a line with noise and outliers are estimated well; few samples say nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Fit, quantile, type Sample } from "./fit.js";

/** Equal for equal seeds, in [0, 1). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Cost 2 + 3 · size, each up to 20 % more. */
function noisy(count: number, next = random(5)): Sample[] {
  return Array.from({ length: count }, () => {
    const size = 1 + 9 * next();
    return { size, cost: (2 + 3 * size) * (1 + 0.2 * next()) };
  });
}

const near = (actual: number | undefined, expected: number, share: number) =>
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= share * expected,
    `${actual} is not ${expected} ± ${100 * share} %`,
  );

test("a line with noise is found, and the spread around it", () => {
  const fit = new Fit(noisy(60));
  for (const size of [1, 5, 10, 40]) {
    near(fit.at(size)?.p50, 1.1 * (2 + 3 * size), 0.05);
    near(fit.at(size)?.p90, 1.18 * (2 + 3 * size), 0.05);
  }
});

test("a tenth of outliers moves the middle little", () => {
  const samples = noisy(60);
  const slowed = samples.map(({ size, cost }, i) => ({
    size,
    cost: i % 12 === 0 ? 20 * cost : cost,
  }));
  near(new Fit(slowed).at(5)?.p50, new Fit(samples).at(5)?.p50 ?? 0, 0.1);
});

test("sizes that are all alike let the cost grow with the size", () => {
  const fit = new Fit([2, 2.1, 2.2].map((size) => ({ size, cost: 4 * size })));
  near(fit.at(20)?.p50, 80, 1e-9);
});

test("costs that shrink with the size are taken as constant, and none is below zero", () => {
  const falling = new Fit([1, 2, 3, 4, 5].map((size) => ({ size, cost: 10 - size })));
  near(falling.at(100)?.p50, 7, 0.2);
  const steep = new Fit([4, 5, 6, 7].map((size) => ({ size, cost: 10 * size - 35 })));
  assert.ok((steep.at(0.1)?.p50 ?? 0) > 0);
});

test("fewer than three samples say nothing, and p90 of a few is the greatest", () => {
  assert.equal(new Fit(noisy(2)).at(3), undefined);
  const fit = new Fit([1, 1, 1, 4].map((cost) => ({ size: 1, cost })));
  assert.deepEqual(fit.at(1), { p50: 1, p90: 4, samples: 4 });
});

test("a quantile lies between values in proportion", () => {
  assert.equal(quantile([1, 2, 3], 0.5), 2);
  assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
  assert.equal(quantile([7], 0.9), 7);
  assert.equal(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9], 0.9), 9);
});
