/** Figures of drawn pictures, by cases computed by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Errors } from "./decibels.js";
import { flickerOf } from "./flicker.js";
import { BAND, HIDDEN, SHOWN } from "./regions.js";

const SIZE = { width: 100, height: 4 };
/** Rows: beyond the photo, only shown, in the band, hidden in the band. */
const of = Uint8Array.from(
  { length: 400 },
  (_, i) => [0, SHOWN, SHOWN | BAND, SHOWN | BAND | HIDDEN][Math.floor(i / 100)] ?? 0,
);
const regions = { ...SIZE, of };
/** One value for the pixels of each row. */
const rows = (...values: readonly number[]) =>
  Uint8Array.from({ length: 1200 }, (_, i) => values[Math.floor(i / 300)] ?? 0);

test("each part counts its own pixels, and what lies beyond the photo counts nowhere", () => {
  const errors = new Errors();
  errors.add(rows(255, 101, 102, 104), rows(0, 100, 100, 100), regions);
  const psnr = (meanSquare: number) => 10 * Math.log10(255 ** 2 / meanSquare);
  const { whole, band, hidden, rest } = errors.decibels;
  for (const [is, squares] of [
    [whole, [1, 4, 16]],
    [band, [4, 16]],
    [hidden, [16]],
    [rest, [1]],
  ] as const) {
    const mean = squares.reduce<number>((sum, square) => sum + square, 0) / squares.length;
    assert.ok(Math.abs(is - psnr(mean)) < 1e-9);
  }
  const few = new Errors();
  few.add(rows(0), rows(0), { ...SIZE, of: of.map((bits, i) => (i % 100 < 50 ? bits : 0)) });
  assert.ok(Number.isNaN(few.decibels.hidden), "50 pixels say nothing");
});

test("flicker is what changes beside silhouettes where the truth does not", () => {
  const before = rows(9, 9, 100, 100);
  const truth = { before, after: rows(50, 50, 102, 103) };
  const drawn = before.map((value, i) => (i === 3 * 207 + 1 ? value + 40 : value));
  const flicker = flickerOf({ before, after: drawn }, truth, regions);
  // 100 pixels of the third row; those of the fourth change by 3 in truth.
  assert.deepEqual(flicker, { mean: 0.4, p999: 40, most: 40 });
  assert.equal(flickerOf({ before, after: drawn }, { before, after: rows(0) }, regions), undefined);
});
