/** An attempt has an end, and so has a handler that was told to stop. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { DepthmeshError } from "../../core/errors.js";
import { watchWork } from "./watchdog.js";

function watched(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const controller = new AbortController();
  const lease = {
    signal: controller.signal,
    abort: (error: DepthmeshError) => controller.abort(error),
  };
  const die = t.mock.fn<(why: Error) => void>();
  const unwatch = watchWork(lease, { stageDeadlineMs: 60_000, unwindMs: 10_000, die });
  return { lease, die, unwatch };
}

test("a stage beyond its deadline is aborted, to be counted and tried again", (t) => {
  const { lease, die } = watched(t);
  t.mock.timers.tick(59_999);
  assert.equal(lease.signal.aborted, false);
  t.mock.timers.tick(1);
  const { reason } = lease.signal;
  assert.ok(reason instanceof DepthmeshError && reason.retryable);
  assert.deepEqual([reason.reason, reason.metadata.limit_ms], ["STAGE_STALLED", "60000"]);
  assert.equal(die.mock.callCount(), 0);
});

test("work that does not return after an abort ends the process", (t) => {
  const { lease, die } = watched(t);
  lease.abort(new DepthmeshError("JOB_CANCELLED", "not wanted any more"));
  t.mock.timers.tick(9_999);
  assert.equal(die.mock.callCount(), 0);
  t.mock.timers.tick(1);
  assert.equal(die.mock.callCount(), 1);
  assert.match(String(die.mock.calls[0]?.arguments[0]), /10000 ms after it was given up/);
});

test("work that has returned is watched no more", (t) => {
  const { lease, die, unwatch } = watched(t);
  lease.abort(new DepthmeshError("DRAINING", "the worker is shutting down"));
  unwatch();
  t.mock.timers.tick(600_000);
  assert.equal(die.mock.callCount(), 0);
});
