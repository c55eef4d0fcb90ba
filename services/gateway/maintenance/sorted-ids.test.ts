/** Ids stay in order, whatever the order in which they come and go. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../testing/random.js";
import { SortedIds } from "./sorted-ids.js";

test("the set agrees with a sorted list after thousands of changes", () => {
  const next = seededRandom(7);
  const expected = new Set<string>();
  const ids = new SortedIds();
  for (let i = 0; i < 5_000; i++) {
    const id = String(Math.floor(next() * 300));
    if (next() < 0.6) {
      if (!expected.has(id)) ids.add(id);
      expected.add(id);
    } else {
      ids.remove(id);
      expected.delete(id);
    }
    if (i % 100 === 0) assert.deepEqual([...ids.newestFirst()], [...expected].sort().reverse());
    assert.equal(ids.size, expected.size);
  }
});
