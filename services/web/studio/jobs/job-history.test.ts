/** States over time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobEventJson, JobStateJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { historyOf, withEntry } from "./job-history.js";

const at = (second: number) => new Date(1000 * second).toISOString();
const entry = (number: number, second: number, word: string, reason = ""): JobEventJson => ({
  ...{ number, time: at(second) },
  stateChange: { state: `JOB_STATE_${word}` as JobStateJson, reason },
});

test("each state lasts until the next, and the end lasts no time", () => {
  const history = historyOf(
    [
      entry(1, 0, "QUEUED"),
      entry(2, 2, "DEPTH"),
      { number: 2, time: at(3), progress: { depth: 0.5 } },
      entry(3, 4, "DEPTH", "WORKER_LOST"),
      entry(4, 10, "FAILED", "POISONED"),
    ],
    1e9,
  );
  assert.deepEqual(
    history.map(({ lastsMs, share, isAgain, reason }) => [lastsMs, share, isAgain, reason]),
    [
      [2000, 0.2, false, ""],
      [2000, 0.2, false, ""],
      [6000, 0.6, true, "WORKER_LOST"],
      [0, 0, false, "POISONED"],
    ],
  );
});

test("a running job's last state lasts until now", () => {
  const [first, second] = historyOf([entry(1, 0, "QUEUED"), entry(2, 5, "RENDER")], 20_000);
  assert.deepEqual([first?.lastsMs, second?.lastsMs, second?.share], [5000, 15_000, 0.75]);
  assert.deepEqual(historyOf([], 0), []);
});

test("an entry that is told twice is kept once, in its place", () => {
  let events: readonly JobEventJson[] = [];
  for (const event of [entry(2, 5, "DEPTH"), entry(1, 0, "QUEUED"), entry(2, 5, "DEPTH")]) {
    events = withEntry(events, event);
  }
  assert.deepEqual(
    events.map(({ number }) => number),
    [1, 2],
  );
  assert.equal(withEntry(events, { number: 2, heartbeat: {} }), events);
});
