/** The time that is left moves without jumps, and is never below zero. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { remainingSeconds } from "./remaining.js";

test("a part that has not begun takes its usual time", () => {
  const parts = [
    { expectedSeconds: 3, fraction: 0 },
    { expectedSeconds: 4, fraction: 0 },
  ];
  assert.equal(remainingSeconds(parts), 7);
  assert.equal(remainingSeconds([...parts, { fraction: 0 }]), undefined);
  assert.equal(remainingSeconds([]), 0);
});

test("a part that runs is judged by its own speed, the more the further it is", () => {
  const at = (elapsedSeconds: number, fraction: number) =>
    remainingSeconds([{ expectedSeconds: 10, elapsedSeconds, fraction }]) ?? Number.NaN;
  assert.equal(at(4, 0), 6);
  // Twice as slow as usual: from 10 s to 20 s in all.
  assert.ok(at(10, 0.5) > 5 && at(10, 0.5) < 10);
  assert.ok(Math.abs(at(19.8, 0.99) - 0.2) < 0.05);
  assert.equal(at(20, 1), 0);
});

test("a job of steady speed is told an end that moves by less than a second a second", () => {
  for (const actual of [5, 10, 30]) {
    let before: number | undefined;
    for (let elapsed = 0; elapsed <= actual; elapsed += 0.1) {
      const part = { expectedSeconds: 10, elapsedSeconds: elapsed, fraction: elapsed / actual };
      const left = remainingSeconds([part]) ?? Number.NaN;
      assert.ok(left >= 0);
      const end = elapsed + left;
      if (before !== undefined) {
        assert.ok(Math.abs(end - before) < 0.35, `${actual}: ${before} → ${end}`);
      }
      before = end;
    }
    assert.ok(Math.abs((before ?? 0) - actual) < 0.2);
  }
});

test("without experience the speed decides as soon as it tells something", () => {
  assert.equal(remainingSeconds([{ elapsedSeconds: 2, fraction: 0.05 }]), undefined);
  assert.equal(remainingSeconds([{ elapsedSeconds: 2, fraction: 0.25 }]), 6);
});

test("a part that is overdue still takes a tenth of its time", () => {
  const overdue = { expectedSeconds: 10, elapsedSeconds: 60, fraction: 0 };
  assert.equal(remainingSeconds([overdue]), 1);
});
