/** The size of a photo that its orientation turns. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Orientation } from "./exif.js";
import { uprightSize } from "./structure.js";

test("the four orientations that turn by a quarter exchange the sides", () => {
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8] satisfies Orientation[]) {
    const size = uprightSize({ widthPixels: 400, heightPixels: 300, orientation });
    const turned = orientation > 4;
    assert.deepEqual(size, turned ? { width: 300, height: 400 } : { width: 400, height: 300 });
  }
});
