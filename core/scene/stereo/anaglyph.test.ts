/** Properties of the published matrices, and their order for GL. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CYAN_EYE, columnMajor, RED_EYE } from "./anaglyph.js";

test("gray stays gray where both eyes see it, and each eye gets most of its own view", () => {
  for (const [row, reds] of RED_EYE.entries()) {
    const both = [...reds, ...(CYAN_EYE[row] ?? [])];
    const sum = both.reduce((total, value) => total + value, 0);
    assert.ok(Math.abs(sum - 1) < 0.0015, `row ${row}: ${sum}`);
  }
  const total = (row: readonly number[] = []) => row.reduce((sum, value) => sum + value, 0);
  assert.ok(total(RED_EYE[0]) > 1 && total(CYAN_EYE[1]) > 1 && total(CYAN_EYE[2]) > 1);
});

test("a matrix goes to GL column by column", () => {
  const columns = [...columnMajor(RED_EYE)].map((value) => Math.round(1000 * value));
  assert.deepEqual(columns, [437, -62, -48, 449, -62, -50, 164, -24, -17]);
});
