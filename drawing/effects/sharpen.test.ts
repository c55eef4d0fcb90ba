/** The unsharp mask: the formula of docs/effects.md, and no change to a plain surface. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { byteAt, openEffectStage, paint, textured } from "../../testing/render/effect-stage.js";

const { apply } = await openEffectStage();
const SIZE = { width: 64, height: 48 };
const KERNEL = [1, 2, 1];

test("each pixel equals the formula within one level", () => {
  const picture = paint(
    SIZE,
    textured(() => 0),
  );
  for (const amount of [0.5, 2]) {
    const sharpened = apply(picture, { sharpen: amount });
    for (let y = 1; y < SIZE.height - 1; y++) {
      for (let x = 1; x < SIZE.width - 1; x++) {
        let soft = 0;
        for (const [j, wy] of KERNEL.entries()) {
          for (const [i, wx] of KERNEL.entries()) {
            soft += (wx * wy * byteAt(picture, x + i - 1, y + j - 1, 1)) / 16;
          }
        }
        const own = byteAt(picture, x, y, 1);
        const wanted = Math.min(255, Math.max(0, own + amount * (own - soft)));
        const got = byteAt(sharpened, x, y, 1);
        assert.ok(Math.abs(got - wanted) <= 1, `${got} instead of ${wanted} at ${x}, ${y}`);
      }
    }
  }
});

test("a plain surface does not change, its edges included", () => {
  const plain = paint(SIZE, () => [200, 100, 50, 255]);
  assert.deepEqual(apply(plain, { sharpen: 2 }).rgba, plain.rgba);
});
