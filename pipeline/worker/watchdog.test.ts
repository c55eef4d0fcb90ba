/**
 * The time limits of the watchdog: for one attempt of a stage, and for a handler to return after an
 * abort.
 */
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

test("a stage that exceeds its deadline is aborted with an error that is retried", (t) => {
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
  lease.abort(new DepthmeshError("JOB_CANCELLED", "the job is cancelled"));
  t.mock.timers.tick(9_999);
  assert.equal(die.mock.callCount(), 0);
  t.mock.timers.tick(1);
  assert.equal(die.mock.callCount(), 1);
  assert.match(String(die.mock.calls[0]?.arguments[0]), /has not ended 10000 ms after its abort/);
});

test("work that has returned is no longer watched", (t) => {
  const { lease, die, unwatch } = watched(t);
  lease.abort(new DepthmeshError("DRAINING", "the worker is shutting down"));
  unwatch();
  t.mock.timers.tick(600_000);
  assert.equal(die.mock.callCount(), 0);
});
