import assert from "node:assert/strict";
import { test } from "node:test";
import type { NumberRow, ParameterRow } from "../../../../core/spec/parameters/row.js";
import { PARAMETERS } from "../../../../core/spec/parameters.js";
import { defaultText, labelOf, numberText, sliderRange } from "./parameter-text.js";

const rows = Object.values(PARAMETERS) as readonly ParameterRow[];
const numbers = rows.filter((row): row is NumberRow => row.kind === "number");

function numberNamed(name: string): NumberRow {
  const row = numbers.find((each) => each.name === name);
  assert.ok(row, name);
  return row;
}

test("labels say what a name means, without the unit that stands beside the number", () => {
  assert.equal(labelOf("camera.hold_end_seconds"), "Hold end");
  assert.equal(labelOf("camera.offset.x"), "Offset x");
  assert.equal(labelOf("seed"), "Seed");
  assert.equal(labelOf("clip.ssaa"), "Supersampling");
});

test("numbers have as many digits as matter", () => {
  assert.equal(numberText(0.1 + 0.2), "0.3");
  assert.equal(numberText(-1.5), "−1.5");
  assert.equal(numberText(-0), "0");
  assert.equal(numberText(-0.0001), "0");
});

test("a slider stays within its row, and leaves out an end that is excluded", () => {
  for (const row of numbers) {
    const range = sliderRange(row);
    if (!range) continue;
    assert.ok(range.minimum >= row.minimum && range.maximum <= row.maximum, row.name);
    assert.ok(range.step > 0 && range.step < row.maximum - row.minimum, row.name);
    if (row.exclusive === "minimum") assert.ok(range.minimum > row.minimum, row.name);
    if (row.exclusive === "maximum") assert.ok(range.maximum < row.maximum, row.name);
  }
});

test("no slider where one place of it would be too much, or where the server decides", () => {
  assert.equal(sliderRange(numberNamed("seed")), undefined);
  assert.equal(sliderRange(numberNamed("clip.width")), undefined);
});

test("defaults in words", () => {
  assert.equal(defaultText(numberNamed("clip.duration_seconds"), "automatic"), "3 s");
  assert.equal(defaultText(numberNamed("effects.color.saturation"), "automatic"), "100%");
  assert.equal(defaultText(numberNamed("clip.width"), "automatic"), "automatic");
});
