import assert from "node:assert/strict";
import { test } from "node:test";
import { planSheet, sheetLayout } from "./sheet-layout.js";

test("the stills stand apart within the sheet, whose longest side is about what was asked for", () => {
  for (const aspect of [0.4, 0.75, 1, 1.5, 16 / 9, 4]) {
    for (const count of [1, 5, 18, 19]) {
      const { columns, stillSide } = planSheet(count, aspect, 1440);
      const still =
        aspect >= 1
          ? { width: stillSide, height: Math.round(stillSide / aspect) }
          : { width: Math.round(stillSide * aspect), height: stillSide };
      const { size, stills, baseline, letterHeight } = sheetLayout(count, columns, still);
      const what = JSON.stringify({ aspect, count, size });
      const longest = Math.max(size.width, size.height);
      assert.ok(longest <= 1450 && longest > 1340, what);
      assert.equal(stills.length, count);
      for (const [i, one] of stills.entries()) {
        assert.ok(one.x >= 0 && one.x + one.width <= size.width, what);
        // The name, with what hangs below its line, ends above the next still.
        const nameEnd = one.y + one.height + baseline + 0.5 * letterHeight;
        const below = stills.find(({ x, y }) => x === one.x && y > one.y);
        assert.ok(nameEnd < (below?.y ?? size.height), what);
        const next = stills[i + 1];
        if (next?.y === one.y) assert.ok(next.x > one.x + one.width, what);
      }
    }
  }
});
