/** A job must end exactly once, with a reason that its faults explain, and with matching events. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { POISON_LIMIT } from "../../pipeline/record/acquire.js";
import { fail } from "../../pipeline/record/endings.js";
import { type JobRecord, withStage } from "../../pipeline/record/record.js";
import { checkEnd, checkEvents } from "./end.js";
import type { JobEventSeen } from "./evidence.js";
import { cancelledLife, wholeLife } from "./sample-lives.js";

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

test("a job without faults must succeed, and a job is cancelled only on request", () => {
  assert.deepEqual(checkEnd(done, HEALTHY), []);
  assert.match(String(checkEnd(cancelled, HEALTHY)), /cancelled without a request/);
  const wanted = { ...HEALTHY, mustBeCancelled: true };
  assert.deepEqual(checkEnd(cancelled, wanted), []);
  assert.match(
    String(checkEnd(done, wanted)),
    /the cancel was confirmed, but the job is SUCCEEDED/,
  );
});

test("a job that never ends is found", () => {
  assert.match(String(checkEnd(taken, HEALTHY)), /is DEPTH and makes no progress/);
});

test("a failed job needs a reason, and a fault must explain it", () => {
  const corrupt = { ...HEALTHY, mayFailWith: ["IMAGE_CORRUPT"], mustFail: true };
  assert.deepEqual(checkEnd(failedWith("IMAGE_CORRUPT"), corrupt), []);
  assert.match(String(checkEnd(failedWith("INTERNAL"), corrupt)), /no fault explains/);
  assert.match(
    String(checkEnd(done, corrupt)),
    /succeeded, but should have failed with IMAGE_CORRUPT/,
  );
  const mute = { ...failedWith("IMAGE_CORRUPT"), error: null };
  assert.match(String(checkEnd(mute, corrupt)), /failed without a reason/);
});

test("a job is poisoned only after as many crashes or attempts as the limit", () => {
  const poisoned = { ...HEALTHY, mayFailWith: ["POISONED"] };
  assert.deepEqual(checkEnd(failedWith("POISONED", POISON_LIMIT), poisoned), []);
  const early = failedWith("POISONED", POISON_LIMIT - 1);
  assert.match(String(checkEnd(early, poisoned)), /poisoned after 4/);
});

test("two final states, a gap in the numbers and duplicate artifacts are found", () => {
  const end = done.history.at(-1);
  assert.ok(end);
  const twice = { ...done, history: [...done.history, { ...end, number: end.number + 1 }] };
  assert.match(String(checkEnd(twice, HEALTHY)), /the history has 2 final states/);
  const gap = { ...done, history: [...done.history.slice(0, -1), { ...end, number: 9 }] };
  assert.match(String(checkEnd(gap, HEALTHY)), /numbered 1,2,9/);
  const doubled = { ...done, artifacts: [...done.artifacts, ...done.artifacts] };
  assert.match(String(checkEnd(doubled, HEALTHY)), /listed twice/);
  assert.match(String(checkEnd({ ...done, artifacts: [] }, HEALTHY)), /without a result/);
});

test("each history entry has exactly one event", () => {
  const events: JobEventSeen[] = done.history.map(({ number, state, reason }) => ({
    ...{ job: "job", number, state, reason },
  }));
  assert.deepEqual(checkEvents(done, events), []);
  assert.match(String(checkEvents(done, events.slice(1))), /history entries 1 have no event/);
  assert.match(String(checkEvents(done, [...events, ...events.slice(-1)])), /published twice/);
  const [first, ...rest] = events;
  assert.ok(first);
  const wrong = [{ ...first, state: "FAILED" as const }, ...rest];
  assert.match(String(checkEvents(done, wrong)), /event 1 says FAILED, not QUEUED/);
});
