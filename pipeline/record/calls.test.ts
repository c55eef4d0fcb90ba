/** Only a Convert call for which a job is made can end it, and only the last one does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { queuedRecord } from "../../testing/record/made-records.js";
import { isAbandoned, joinCall, keepForAll, leaveCall } from "./calls.js";
import { cancel } from "./endings.js";

const made = queuedRecord({ calls: ["a"] });

test("a job ends when the only call for which it is made has gone", () => {
  const left = leaveCall(made, "a", 5) ?? assert.fail();
  assert.deepEqual([left.state, isAbandoned(left)], ["CANCELLED", true]);
  assert.equal(leaveCall(left, "a", 6), undefined);
});

test("a job goes on while another call waits for it", () => {
  const joined = joinCall(made, "b") ?? assert.fail();
  const first = leaveCall(joined, "a", 5) ?? assert.fail();
  assert.deepEqual([first.state, first.calls], ["QUEUED", ["b"]]);
  assert.equal(leaveCall(first, "b", 6)?.state, "CANCELLED");
});

test("a call that joined a job of CreateJob never ends it", () => {
  const created = queuedRecord();
  assert.equal(joinCall(created, "a"), undefined);
  assert.equal(leaveCall(created, "a", 5), undefined);
  const kept = keepForAll(made) ?? assert.fail();
  assert.equal(Object.hasOwn(kept, "calls"), false);
  assert.equal(leaveCall(kept, "a", 5), undefined);
  assert.equal(keepForAll(kept), undefined);
});

test("an ended job is neither joined nor left, and a cancel by name is no abandonment", () => {
  const cancelled = cancel(made, 5) ?? assert.fail();
  assert.equal(isAbandoned(cancelled), false);
  for (const change of [joinCall(cancelled, "b"), keepForAll(cancelled)]) {
    assert.equal(change, undefined);
  }
  assert.equal(leaveCall(cancelled, "a", 6), undefined);
});
