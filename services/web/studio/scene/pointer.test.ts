import assert from "node:assert/strict";
import { test } from "node:test";
import { Pointer } from "./pointer.js";

test("it arrives exactly, and says so", () => {
  const pointer = new Pointer();
  assert.ok(pointer.isArrived);
  pointer.moveTo(1, -0.5);
  assert.ok(!pointer.isArrived);
  for (let i = 0; i < 100; i++) pointer.advance(16);
  assert.ok(pointer.isArrived);
  assert.deepEqual(pointer.at, { x: 1, y: -0.5 });
});

test("its pace does not depend on the frame rate", () => {
  const [smooth, coarse] = [new Pointer(), new Pointer()];
  for (const pointer of [smooth, coarse]) pointer.moveTo(1, 1);
  for (let i = 0; i < 12; i++) smooth.advance(5);
  coarse.advance(60);
  assert.ok(Math.abs(smooth.at.x - coarse.at.x) < 1e-9);
  assert.ok(smooth.at.x > 0.4 && smooth.at.x < 0.6, `${smooth.at.x}`);
});

test("what is beyond the range is at its end, and what is no number in the middle", () => {
  const pointer = new Pointer();
  pointer.moveTo(7, Number.NaN);
  pointer.advance(1e6);
  assert.deepEqual(pointer.at, { x: 1, y: 0 });
});
