/** Draws have the mean that the distribution tells. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { always, exponential, measured } from "./distribution.js";
import { randomStream } from "./random.js";

const DRAWS = 200_000;

for (const [name, distribution] of [
  ["always", always(3)],
  ["exponential", exponential(3)],
  ["one sample", measured([3])],
  ["samples", measured([7, 1, 1.5, 2])],
] as const) {
  test(`${name}: the mean`, () => {
    const random = randomStream(1, name);
    let sum = 0;
    for (let draw = 0; draw < DRAWS; draw++) sum += distribution.draw(random);
    const mean = sum / DRAWS;
    assert.ok(Math.abs(mean / distribution.mean - 1) < 0.01, `${mean}, not ${distribution.mean}`);
  });
}

test("measured values stay within the samples", () => {
  const random = randomStream(1, "within");
  const distribution = measured([5, 2, 3]);
  for (let draw = 0; draw < 1_000; draw++) {
    const value = distribution.draw(random);
    assert.ok(value >= 2 && value <= 5, `${value}`);
  }
  assert.throws(() => measured([]), RangeError);
});

test("streams of other names and other seeds differ, and one repeats", () => {
  const draws = (seed: number, name: string) => Array.from({ length: 3 }, randomStream(seed, name));
  assert.deepEqual(draws(1, "a"), draws(1, "a"));
  assert.notDeepEqual(draws(1, "a"), draws(1, "b"));
  assert.notDeepEqual(draws(1, "a"), draws(2, "a"));
});
