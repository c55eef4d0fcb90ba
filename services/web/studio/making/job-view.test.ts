/** Events become bars, times and states. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { jobId, newerOf, queuePosition, secondsLeft, stagesOf, withEvent } from "./job-view.js";

const JOB: JobJson = { name: "jobs/01j", state: "JOB_STATE_QUEUED", lastEvent: 1 };
const short = (job: JobJson) => stagesOf(job).map(({ percent, state }) => `${percent} ${state}`);

test("progress and entries change what they tell, and nothing else", () => {
  const drawn = withEvent(JOB, { number: 1, progress: { depth: 1, render: 0.5, encode: 0.4 } });
  assert.equal(drawn.state, "JOB_STATE_QUEUED");
  const encoding = withEvent(drawn, { number: 4, stateChange: { state: "JOB_STATE_ENCODE" } });
  assert.deepEqual([encoding.state, encoding.lastEvent], ["JOB_STATE_ENCODE", 4]);
  assert.deepEqual(short(encoding), ["100 done", "50 running", "40 running"]);
  assert.equal(withEvent(encoding, { number: 4, heartbeat: {} }), encoding);
  const error = { code: 3, message: "no" };
  const failed = withEvent(encoding, {
    number: 5,
    stateChange: { state: "JOB_STATE_FAILED", error },
  });
  assert.equal(failed.error, error);
});

test("bars wait, run, stand still after a failure, and are full after a success", () => {
  assert.deepEqual(short(JOB), ["0 waiting", "0 waiting", "0 waiting"]);
  assert.deepEqual(short({ ...JOB, state: "JOB_STATE_DEPTH" }), [
    ...["0 running", "0 waiting", "0 waiting"],
  ]);
  const progress = { depth: 1, render: 0.999, encode: "NaN" } as const;
  assert.deepEqual(short({ state: "JOB_STATE_CANCELLED", progress }), [
    ...["100 done", "99 waiting", "0 waiting"],
  ]);
  // A result of the cache has no progress of its own.
  assert.deepEqual(short({ state: "JOB_STATE_SUCCEEDED" }), ["100 done", "100 done", "100 done"]);
});

test("an answer that events have overtaken does not bring an old state back", () => {
  const known: JobJson = { ...JOB, state: "JOB_STATE_SUCCEEDED", lastEvent: 6 };
  const late: JobJson = { ...JOB, state: "JOB_STATE_ENCODE", lastEvent: 5, depthModel: "m" };
  const merged = newerOf(known, late);
  assert.deepEqual(
    [merged.state, merged.lastEvent, merged.depthModel],
    ["JOB_STATE_SUCCEEDED", 6, "m"],
  );
  assert.equal(newerOf({ ...known, lastEvent: 5 }, late), late);
});

test("the outlook ends with the job", () => {
  const progress = { estimatedEndTime: "2026-01-01T00:00:10Z", queuePosition: 0 };
  const now = Date.parse("2026-01-01T00:00:04Z");
  assert.equal(secondsLeft({ state: "JOB_STATE_DEPTH", progress }, now), 6);
  assert.equal(secondsLeft({ state: "JOB_STATE_DEPTH", progress }, now + 60_000), 0);
  assert.equal(secondsLeft({ state: "JOB_STATE_FAILED", progress }, now), undefined);
  assert.equal(secondsLeft({ state: "JOB_STATE_DEPTH" }, now), undefined);
  assert.equal(queuePosition({ state: "JOB_STATE_DEPTH", progress }), 0);
  assert.equal(queuePosition({ state: "JOB_STATE_CANCELLED", progress }), undefined);
});

test("a job is known by the last part of its name", () => {
  assert.equal(jobId({ name: "jobs/01j" }), "01j");
});
