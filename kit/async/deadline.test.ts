/** A time limit ends the wait for a promise. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDeadline } from "./deadline.js";

test("a promise in time gives its result, a late one the error; no timer stays", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const late = () => new Error("late");
  assert.equal(await withDeadline(Promise.resolve(7), 10, late), 7);
  await assert.rejects(withDeadline(Promise.reject(new Error("own")), 10, late), /own/);
  let fail = (_error: Error) => {};
  const work = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const waiting = withDeadline(work, 10, late);
  t.mock.timers.tick(10);
  await assert.rejects(waiting, /late/);
  // A failure after the deadline must not end the process as an unhandled rejection.
  fail(new Error("too late"));
  await new Promise((resolve) => setImmediate(resolve));
});
