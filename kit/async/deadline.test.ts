/** Time limits end the wait for promises. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeBudget, withDeadline } from "./deadline.js";
import { pause } from "./delay.js";

const late = () => new Error("late");

test("a promise in time gives its result, a late one the error; no timer stays", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
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

const never = () => new Promise<never>(() => {});

test("a request within the budget gives its result or its own error", async () => {
  const budget = new TimeBudget(10_000, late);
  assert.equal(await budget.wait(async () => 7), 7);
  await assert.rejects(
    budget.wait(() => Promise.reject(new Error("boom"))),
    /boom/,
  );
});

test("all requests share the budget; the time between them does not count", async () => {
  const budget = new TimeBudget(100, late);
  await pause(150);
  assert.equal(await budget.wait(async () => 1), 1, "no request was pending meanwhile");
  await assert.rejects(budget.wait(never), /late/);
  await assert.rejects(
    budget.wait(() => pause(50)),
    /late/,
    "the budget is used up",
  );
});
