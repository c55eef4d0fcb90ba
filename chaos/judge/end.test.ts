/** What an end must be: there, single, explained, and told as it was. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { POISON_LIMIT } from "../../pipeline/record/acquire.js";
import { fail } from "../../pipeline/record/endings.js";
import { type JobRecord, withStage } from "../../pipeline/record/record.js";
import { checkEnd, checkEvents } from "./end.js";
import type { JobEventSeen } from "./evidence.js";
import { cancelledLife, wholeLife } from "./made-revisions.js";

const HEALTHY = { mayFailWith: [], mustFail: false, mustBeCancelled: false };
const [, taken, done] = wholeLife();
const cancelled = cancelledLife().at(-1);
assert.ok(taken && done && cancelled);

function failedWith(reason: string, crashes = 0): JobRecord {
  assert.ok(taken);
  const token = taken.stages.depth.lease?.token ?? "";
  const worn = withStage(taken, "depth", { crashes });
  const error = { reason, message: "", metadata: {} };
  const failed = fail(worn, { stage: "depth", token }, error, 1_300);
  assert.ok(failed);
  return failed;
}

test("a healthy job must succeed; a cancelled one must have been cancelled", () => {
  assert.deepEqual(checkEnd(done, HEALTHY), []);
  assert.match(String(checkEnd(cancelled, HEALTHY)), /cancelled by nobody/);
  const wanted = { ...HEALTHY, mustBeCancelled: true };
  assert.deepEqual(checkEnd(cancelled, wanted), []);
  assert.match(String(checkEnd(done, wanted)), /the cancel was answered, but the job is SUCCEEDED/);
});

test("a job that is stuck is found", () => {
  assert.match(String(checkEnd(taken, HEALTHY)), /is DEPTH and goes no further/);
});

test("a reason must be explained by what was done, and be there", () => {
  const corrupt = { ...HEALTHY, mayFailWith: ["IMAGE_CORRUPT"], mustFail: true };
  assert.deepEqual(checkEnd(failedWith("IMAGE_CORRUPT"), corrupt), []);
  assert.match(String(checkEnd(failedWith("INTERNAL"), corrupt)), /nothing that was done explains/);
  assert.match(String(checkEnd(done, corrupt)), /succeeded, but for IMAGE_CORRUPT/);
  const mute = { ...failedWith("IMAGE_CORRUPT"), error: null };
  assert.match(String(checkEnd(mute, corrupt)), /failed without a reason/);
});

test("poison takes as many crashes or attempts as its limit", () => {
  const poisoned = { ...HEALTHY, mayFailWith: ["POISONED"] };
  assert.deepEqual(checkEnd(failedWith("POISONED", POISON_LIMIT), poisoned), []);
  const early = failedWith("POISONED", POISON_LIMIT - 1);
  assert.match(String(checkEnd(early, poisoned)), /poisoned after 4/);
});

test("two ends, a gap in the numbers and doubled results are found", () => {
  const end = done.history.at(-1);
  assert.ok(end);
  const twice = { ...done, history: [...done.history, { ...end, number: end.number + 1 }] };
  assert.match(String(checkEnd(twice, HEALTHY)), /the history has 2 ends/);
  const gap = { ...done, history: [...done.history.slice(0, -1), { ...end, number: 9 }] };
  assert.match(String(checkEnd(gap, HEALTHY)), /numbered 1,2,9/);
  const doubled = { ...done, artifacts: [...done.artifacts, ...done.artifacts] };
  assert.match(String(checkEnd(doubled, HEALTHY)), /there twice/);
  assert.match(String(checkEnd({ ...done, artifacts: [] }, HEALTHY)), /without a result/);
});

test("each entry of the history is told by exactly one event", () => {
  const events: JobEventSeen[] = done.history.map(({ number, state, reason }) => ({
    ...{ job: "job", number, state, reason },
  }));
  assert.deepEqual(checkEvents(done, events), []);
  assert.match(String(checkEvents(done, events.slice(1))), /entries 1 were told by no event/);
  assert.match(String(checkEvents(done, [...events, ...events.slice(-1)])), /told twice/);
  const [first, ...rest] = events;
  assert.ok(first);
  const wrong = [{ ...first, state: "FAILED" as const }, ...rest];
  assert.match(String(checkEvents(done, wrong)), /event 1 says FAILED, not QUEUED/);
});
