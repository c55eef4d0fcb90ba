/** Straight, premultiplied and over white are the same picture. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { overWhite, premultiplied } from "./alpha.js";

test("a picture over white and its alpha give the premultiplied picture, and back", () => {
  for (let alpha = 0; alpha <= 255; alpha += 5) {
    for (const level of [0, 1, 100, 254, 255]) {
      const white = overWhite(Uint8Array.of(level, 0, 255, alpha));
      const gray = Uint8Array.of(alpha, alpha, alpha);
      const [red = 0, green, blue] = premultiplied(white, gray, 3);
      assert.ok(Math.abs(red - (level * alpha) / 255) <= 0.5 + 1e-9, `${level} at ${alpha}`);
      assert.deepEqual([green, blue], [0, alpha]);
      const covered = premultiplied(Uint8Array.of(...white, 77), Uint8Array.of(...gray, 3), 4);
      assert.deepEqual([...covered], [red, 0, alpha, 77]);
    }
  }
});
