/** Work enters while its weight fits, in the order in which it came. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { WeightedSemaphore } from "./weighted-semaphore.js";

const never = new AbortController().signal;

test("what fits enters at once; what does not waits, and is not passed by lighter ones", async () => {
  const semaphore = new WeightedSemaphore(10);
  const order: string[] = [];
  const enter = (name: string, weight: number, signal = never) =>
    semaphore.enter(weight, signal).then((leave) => {
      order.push(name);
      return leave;
    });
  const leaveFirst = await enter("first", 7);
  const heavy = enter("heavy", 8);
  const light = enter("light", 1);
  await setImmediate();
  assert.deepEqual(order, ["first"]);
  leaveFirst();
  leaveFirst();
  const leaves = await Promise.all([heavy, light]);
  assert.deepEqual(order, ["first", "heavy", "light"]);
  assert.equal(semaphore.inside, 9);
  for (const leave of leaves) leave();
  assert.equal(semaphore.inside, 0);
});

test("who stops waiting leaves the line, and the next one enters", async () => {
  const semaphore = new WeightedSemaphore(10);
  const leave = await semaphore.enter(5, never);
  const stop = new AbortController();
  const heavy = semaphore.enter(9, stop.signal);
  const light = semaphore.enter(5, never);
  const reason = new Error("no longer");
  stop.abort(reason);
  await assert.rejects(heavy, reason);
  (await light)();
  leave();
  assert.equal(semaphore.inside, 0);
  await assert.rejects(semaphore.enter(1, stop.signal), reason);
});
