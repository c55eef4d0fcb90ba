import assert from "node:assert/strict";
import { test } from "node:test";
import { Lane } from "./lane.js";

test("a lane gives what is due, the earliest first, and no more than it has places", () => {
  const lane = new Lane();
  assert.equal(lane.nextAtMs(), Number.POSITIVE_INFINITY);
  for (let i = 0; i < 10; i++) lane.put(`k${i}`, i, 100 - i);
  assert.equal(lane.nextAtMs(), 91);
  assert.equal(lane.take(90), undefined);
  const taken = [95, 95, 95, 95, 95].map((nowMs) => lane.take(nowMs)?.key);
  assert.deepEqual(taken, ["k9", "k8", "k7", "k6", undefined]);
  assert.equal(lane.nextAtMs(), Number.POSITIVE_INFINITY, "all places are taken");
  lane.end("k9", true);
  assert.deepEqual([lane.nextAtMs(), lane.take(95)?.key], [95, "k5"]);
});

test("after a failure a lane has one place, until one is taken", () => {
  const lane = new Lane();
  for (let i = 0; i < 6; i++) lane.put(`k${i}`, i, 0);
  const first = [lane.take(0)?.key, lane.take(0)?.key];
  lane.end(first[0] ?? "", false);
  assert.equal(lane.take(0), undefined);
  lane.end(first[1] ?? "", false);
  const next = lane.take(0)?.key;
  assert.equal(next, "k2");
  assert.equal(lane.take(0), undefined);
  lane.end("k2", undefined);
  const last = lane.take(0)?.key;
  lane.end(last ?? "", true);
  assert.deepEqual([lane.take(0)?.key, lane.take(0)?.key], ["k4", "k5"]);
});

test("a delivery that changes while it runs is not taken twice", () => {
  const lane = new Lane();
  lane.put("k", 1, 0);
  assert.equal(lane.take(0)?.revision, 1);
  lane.put("k", 2, 0);
  lane.put("other", 3, 0);
  assert.equal(lane.take(0)?.key, "other");
  assert.equal(lane.take(0), undefined);
  lane.end("k", true);
  assert.equal(lane.take(0)?.revision, 2);
});

test("a lane of many deliveries with equal times loses none", () => {
  const lane = new Lane();
  for (let i = 0; i < 2_000; i++) lane.put(`k${i}`, i, i % 3);
  for (let i = 0; i < 2_000; i += 2) lane.remove(`k${i}`);
  for (let i = 1; i < 2_000; i += 4) lane.put(`k${i}`, i, 1);
  const keys = new Set<string>();
  for (let taken = lane.take(3); taken; taken = lane.take(3)) {
    keys.add(taken.key);
    lane.end(taken.key, true);
  }
  assert.equal(keys.size, 1_000);
  assert.ok(lane.isEmpty);
});

test("a pause and an abort", () => {
  const lane = new Lane();
  lane.put("a", 1, 0);
  lane.put("b", 2, 0);
  const running = lane.take(0);
  lane.pause(50);
  assert.deepEqual([lane.take(49), lane.nextAtMs()], [undefined, 50]);
  lane.abort();
  assert.ok(running?.signal.aborted);
  assert.equal(lane.take(50)?.key, "b");
});
