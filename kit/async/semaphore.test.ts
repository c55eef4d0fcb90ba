/** Work enters while there is room, in the order in which it came; the rest waits or is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { pause } from "./delay.js";
import { Semaphore, WeightedSemaphore } from "./semaphore.js";

test("a semaphore limits running and waiting work, and refuses the rest", async () => {
  const semaphore = new Semaphore("uploads", { running: 2, waiting: 1 });
  const release: (() => void)[] = [];
  const work = () => semaphore.pass(() => new Promise<void>((done) => release.push(done)));
  const passes = [work(), work(), work()];
  await assert.rejects(work(), {
    reason: "RATE_LIMITED",
    metadata: { limit_running: "2", limit_waiting: "1" },
  });
  assert.equal(release.length, 2);
  release[0]?.();
  await passes[0];
  await pause(0);
  assert.equal(release.length, 3, "the one that waited runs now");
  for (const done of release) done();
  await Promise.all(passes);
  await assert.rejects(
    semaphore.pass(() => Promise.reject(new Error("boom"))),
    /boom/,
  );
  assert.equal(await semaphore.pass(async () => 7), 7, "a failure gives its place back");
});

test("a caller that stops waiting for a semaphore frees its place in the queue", async () => {
  const semaphore = new Semaphore("uploads", { running: 1, waiting: 1 });
  let finish = () => {};
  const running = semaphore.pass(() => new Promise<void>((done) => (finish = done)));
  const gone = new AbortController();
  const waiting = semaphore.pass(async () => assert.fail("it has gone"), gone.signal);
  gone.abort(new Error("gone"));
  await assert.rejects(waiting, /gone/);
  await assert.rejects(
    semaphore.pass(async () => {}, gone.signal),
    /gone/,
  );
  const next = semaphore.pass(async () => 7);
  finish();
  await running;
  assert.equal(await next, 7);
});

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

test("a caller that stops waiting leaves the queue, and the next one enters", async () => {
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
