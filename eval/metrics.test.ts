/** Each metric on cases with results that can be computed by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../testing/random.js";
import { distanceTo, edgeDistance, edges } from "./edges.js";
import { alignedError, leastSquares, ranks, spearman } from "./metrics.js";

const near = (actual: number, expected: number, by = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= by, `${actual}, not ${expected}`);

test("ties share their mean rank", () => {
  assert.deepEqual([...ranks([30, 10, 20, 10])], [4, 1.5, 3, 1.5]);
});

test("only the order counts for Spearman's ρ", () => {
  near(spearman([1, 2, 3, 4], [1, 8, 27, 1000]), 1);
  near(spearman([1, 2, 3, 4], [9, 7, 5, -3]), -1);
  // d = (0, 1, −1, 0): ρ = 1 − 6 · 2 / (4 · 15).
  near(spearman([1, 2, 3, 4], [1, 3, 2, 4]), 0.8);
  assert.ok(Number.isNaN(spearman([1, 2, 3], [5, 5, 5])));
});

test("least squares finds a line, and a constant map becomes the mean", () => {
  const { scale, shift } = leastSquares([0, 1, 2], [5, 3, 1]);
  near(scale, -2);
  near(shift, 5);
  assert.deepEqual(leastSquares([7, 7], [1, 3]), { scale: 0, shift: 2 });
});

test("the truth with another scale and shift has no error", () => {
  const truth = [1, 2, 4, 8];
  const { absRel, delta125 } = alignedError(
    truth.map((t) => 3 * t - 50),
    truth,
  );
  near(absRel, 0);
  near(delta125, 1);
});

test("AbsRel and δ of a constant map compare the mean with each value", () => {
  // Aligned to 2 everywhere: |2−1|/1, |2−2|/2, |2−3|/3; ratios 2, 1 and 1.5.
  const { absRel, delta125 } = alignedError([0, 0, 0], [1, 2, 3]);
  near(absRel, (1 + 0 + 1 / 3) / 3);
  near(delta125, 1 / 3);
});

test("a step has one line of edge pixels, however blurred it is", () => {
  const size = { width: 40, height: 20 };
  const step = (blur: number) =>
    Float32Array.from({ length: 800 }, (_, i) =>
      Math.min(1, Math.max(0, ((i % 40) - 20) / blur + 0.5)),
    );
  for (const blur of [1, 8]) {
    const found = edges(step(blur), size, 0.3);
    const columns = new Set([...found.keys()].filter((i) => found[i]).map((i) => i % 40));
    assert.ok(columns.size >= 1 && [...columns].every((x) => Math.abs(x - 20) <= blur / 2));
    assert.ok(found[10 * 40 + 20] === 1 || found[10 * 40 + 19] === 1);
  }
  assert.equal(
    edges(new Float32Array(800), size, 0.5).indexOf(1),
    -1,
    "a constant map has no edges",
  );
});

test("the distance transform equals the minimum over all pairs", () => {
  const size = { width: 17, height: 11 };
  const random = seededRandom(4);
  const marked = Uint8Array.from({ length: 187 }, () => (random() < 0.05 ? 1 : 0));
  const distance = distanceTo(marked, size);
  for (let i = 0; i < 187; i++) {
    let least = Number.POSITIVE_INFINITY;
    for (let j = 0; j < 187; j++) {
      if (!marked[j]) continue;
      const dy = Math.floor(i / 17) - Math.floor(j / 17);
      least = Math.min(least, Math.hypot((i % 17) - (j % 17), dy));
    }
    near(distance[i] ?? Number.NaN, least, 1e-5);
  }
  assert.equal(distanceTo(new Uint8Array(187), size)[0], Number.POSITIVE_INFINITY);
});

test("the distance of a depth edge from the photo's edge is how far it was moved", () => {
  const size = { width: 80, height: 40 };
  const step = (at: number) => Float32Array.from({ length: 3200 }, (_, i) => (i % 80 < at ? 0 : 1));
  near(edgeDistance(step(30), step(30), size), 0);
  near(edgeDistance(step(37), step(30), size), 6.5, 0.51);
  assert.ok(Number.isNaN(edgeDistance(new Float32Array(3200), step(30), size)));
});
