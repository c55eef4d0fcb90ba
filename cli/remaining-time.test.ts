/** The time that a job still takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RemainingTime } from "./remaining-time.js";

const at = (render: number, encode: number) => ({ depth: 1, render, encode });

test("frames that come evenly predict the end", () => {
  const remaining = new RemainingTime();
  assert.equal(remaining.after(at(0, 0), 0), undefined, "nothing is drawn yet");
  assert.equal(remaining.after(at(0.1, 0.1), 1000), undefined, "one report is no speed");
  assert.equal(remaining.after(at(0.3, 0.3), 3000), 7);
  assert.equal(remaining.after(at(0.6, 0.6), 6000), 4);
  assert.equal(remaining.after(at(1, 1), 10_000), 0);
});

test("the encoder decides once it has begun, although it is behind the renderer", () => {
  const remaining = new RemainingTime();
  remaining.after(at(0.2, 0), 1000);
  remaining.after(at(0.5, 0.05), 2000);
  assert.equal(remaining.after(at(0.8, 0.25), 4000), 7.5);
});

test("until the speed is known, the server's expectation counts", () => {
  const remaining = new RemainingTime();
  const expected = (seconds: number) => ({
    ...at(0, 0),
    estimatedEndTime: new Date(50_000 + 1000 * seconds),
  });
  assert.equal(remaining.after(expected(8), 50_000), 8);
  assert.equal(remaining.after(expected(-1), 50_000), undefined, "the clocks differ");
  assert.equal(remaining.after(expected(1e6), 50_000), undefined);
});
