import assert from "node:assert/strict";
import { test } from "node:test";
import { driftAt, lookOfKey, lookOfPointer, MIDDLE } from "./look-around.js";

const BOX = { left: 100, top: 50, width: 400, height: 200 };

test("a pointer over the picture", () => {
  assert.deepEqual(lookOfPointer(300, 150, BOX), MIDDLE);
  assert.deepEqual(lookOfPointer(500, 50, BOX), { x: 1, y: 1 });
  assert.deepEqual(lookOfPointer(0, 900, BOX), { x: -1, y: -1 }, "beyond it counts as its edge");
  assert.deepEqual(lookOfPointer(0, 0, { ...BOX, width: 0, height: 0 }), MIDDLE);
});

test("arrow keys go in steps to the ends, Home back to the middle, other keys nowhere", () => {
  let look = MIDDLE;
  for (let i = 0; i < 9; i++) look = lookOfKey("ArrowRight", look) ?? look;
  assert.equal(look.x, 1);
  assert.equal(lookOfKey("ArrowUp", MIDDLE)?.y, 0.2);
  assert.equal(lookOfKey("ArrowDown", MIDDLE)?.y, -0.2);
  assert.deepEqual(lookOfKey("Home", look), MIDDLE);
  assert.equal(lookOfKey("a", look), undefined);
});

test("by itself the camera goes gently, and begins in the middle", () => {
  assert.deepEqual(driftAt(0), MIDDLE);
  for (let seconds = 0; seconds < 20; seconds += 0.1) {
    const { x, y } = driftAt(seconds);
    assert.ok(Math.hypot(x, y) < 0.7);
  }
});
