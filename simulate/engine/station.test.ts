/** A station serves in the order of arrival. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Station } from "./station.js";

test("one server: each waits for all before it", () => {
  const station = new Station(1);
  assert.deepEqual([station.pass(0, 2), station.pass(1, 2), station.pass(10, 1)], [2, 4, 11]);
  assert.equal(station.busySeconds, 5);
});

test("two servers: the third waits for the first that is free", () => {
  const station = new Station(2);
  assert.deepEqual([station.pass(0, 5), station.pass(0, 2), station.pass(1, 1)], [5, 2, 3]);
  assert.throws(() => new Station(0), RangeError);
});
