import assert from "node:assert/strict";
import { test } from "node:test";
import { planSheet, sheetLayout } from "../../../../core/preview/sheet-layout.js";
import { cutOf, sheetPlaces } from "./sheet-places.js";

const SHAPES = [
  { count: 18, aspect: 3 / 2, side: 1920, height: (width: number) => Math.round(width / 3) * 2 },
  {
    count: 18,
    aspect: 9 / 16,
    side: 1440,
    height: (width: number) => Math.round(width / 1.125) * 2,
  },
  { count: 5, aspect: 1, side: 800, height: (width: number) => width },
];

test("the places are those of the stills that the server has placed", () => {
  for (const { count, aspect, side, height } of SHAPES) {
    const { columns, stillSide } = planSheet(count, aspect, side);
    const width = aspect >= 1 ? stillSide : 2 * Math.round((stillSide * aspect) / 2);
    const still = { width, height: aspect >= 1 ? 2 * Math.round(height(width) / 2) : stillSide };
    const { size, stills } = sheetLayout(count, columns, still);
    const presets = Array.from({ length: count }, (_, i) => `preset-${i}`);
    const places = sheetPlaces({ ...size, presets }, aspect);
    assert.equal(places.length, count);
    for (const [i, place] of places.entries()) {
      const expected = stills[i];
      assert.ok(expected);
      assert.ok(Math.abs(place.x * size.width - expected.x) <= 2, `${aspect}: x of ${i}`);
      assert.ok(Math.abs(place.y * size.height - expected.y) <= 2, `${aspect}: y of ${i}`);
      assert.ok(Math.abs(place.width * size.width - expected.width) <= 2);
      assert.ok(Math.abs(place.height * size.height - expected.height) <= 2);
    }
  }
});

test("a still is cut out of its sheet by a background that is larger than its box", () => {
  const sheet = { width: 400, height: 200, presets: ["a", "b"] };
  const cut = cutOf(sheet, { x: 0.5, y: 0.25, width: 0.25, height: 0.5 });
  assert.deepEqual(cut, { size: "400.000% 200.000%", position: "66.667% 50.000%", aspect: 1 });
  const whole = cutOf(sheet, { x: 0, y: 0, width: 1, height: 1 });
  assert.deepEqual(whole, { size: "100.000% 100.000%", position: "0.000% 0.000%", aspect: 2 });
});
