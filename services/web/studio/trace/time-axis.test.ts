/** Bars and ticks of the waterfall's axis. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { barOf, rangeAround, ticksOf, tickTexts, timeText } from "./time-axis.js";

test("a bar is a share of the range, cut at its ends", () => {
  const range = { fromMs: 100, toMs: 300 };
  assert.deepEqual(barOf(150, 50, range), { left: 0.25, width: 0.25 });
  assert.deepEqual(barOf(50, 100, range), { left: 0, width: 0.25 });
  assert.deepEqual(barOf(250, 1000, range), { left: 0.75, width: 0.25 });
  assert.equal(barOf(10, 20, range), undefined);
  assert.equal(barOf(400, 20, range), undefined);
});

test("ticks are round numbers, and never more than asked for", () => {
  assert.deepEqual(ticksOf({ fromMs: 0, toMs: 1390 }, 8), [0, 200, 400, 600, 800, 1000, 1200]);
  assert.deepEqual(ticksOf({ fromMs: 95, toMs: 105 }, 5), [96, 98, 100, 102, 104]);
  assert.deepEqual(ticksOf({ fromMs: 0, toMs: 0 }, 5), [0]);
  for (let length = 0.001; length < 1e7; length *= 1.7) {
    const ticks = ticksOf({ fromMs: 3, toMs: 3 + length }, 6);
    assert.ok(ticks.length >= 1 && ticks.length <= 6, `${length}: ${ticks}`);
  }
});

test("ticks can be told apart, however far the axis is zoomed in", () => {
  assert.deepEqual(tickTexts([0, 200, 400]), ["0", "200 ms", "400 ms"]);
  assert.deepEqual(tickTexts([0, 500, 1000]), ["0", "0.5 s", "1.0 s"]);
  assert.deepEqual(tickTexts([36_250, 36_270, 36_290]), ["36.25 s", "36.27 s", "36.29 s"]);
  assert.deepEqual(tickTexts([0, 10_000, 20_000]), ["0", "10 s", "20 s"]);
  for (let length = 0.01; length < 1e7; length *= 1.9) {
    const texts = tickTexts(ticksOf({ fromMs: 36_000, toMs: 36_000 + length }, 6));
    assert.equal(new Set(texts).size, texts.length, `${length}: ${texts}`);
  }
});

test("a zoom stays within the trace", () => {
  const whole = { fromMs: 0, toMs: 1000 };
  assert.deepEqual(rangeAround(100, 200, whole), { fromMs: 90, toMs: 310 });
  assert.deepEqual(rangeAround(0, 1000, whole), whole);
});

test("times have the unit that is read best", () => {
  const texts = [0, 0.42, 9.87, 42.4, 999, 1250, 12_340, 125_000].map(timeText);
  assert.deepEqual(texts, [
    "0",
    "0.42 ms",
    "9.9 ms",
    "42 ms",
    "999 ms",
    "1.25 s",
    "12.3 s",
    "2 min 5 s",
  ]);
});
