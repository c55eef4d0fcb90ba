import assert from "node:assert/strict";
import { test } from "node:test";
import { framesPerSecond, rateOf } from "./frame-rate.js";

test("whole rates, rates of broadcasting and other fractions", () => {
  assert.deepEqual(rateOf(30), { numerator: 30, denominator: 1 });
  assert.deepEqual(rateOf(29.97), { numerator: 30000, denominator: 1001 });
  assert.deepEqual(rateOf(23.976), { numerator: 24000, denominator: 1001 });
  assert.deepEqual(rateOf(12.5), { numerator: 12500, denominator: 1000 });
});

test("a rate as a number", () => {
  assert.equal(framesPerSecond({ numerator: 30000, denominator: 1001 }), 29.97);
  assert.equal(framesPerSecond({ numerator: 25 }), 25);
  assert.equal(framesPerSecond({ numerator: 25, denominator: 0 }), 25);
});
