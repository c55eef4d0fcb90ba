/** The state of a mesh as the page shows it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isStuck, jobCounts, queueRows, workersInOrder, workerWord } from "./mesh-status.js";

test("workers stand in the order of the stages, unknown services last", () => {
  const workers = ["encode", "later", "depth", "gateway"].map((service) => ({ service }));
  assert.deepEqual(
    workersInOrder([...workers, { service: "depth", name: "workers/a" }]).map(
      ({ service, name = "" }) => service + name,
    ),
    ["gateway", "depth", "depthworkers/a", "encode", "later"],
  );
  assert.equal(workerWord(undefined), "unknown");
});

test("queues are counted by priority, beside the slots of workers that serve", () => {
  const [depth, render] = queueRows(
    [
      { stage: "JOB_STAGE_DEPTH", priority: "PRIORITY_HIGH", waiting: "2", inWork: "1" },
      { stage: "JOB_STAGE_DEPTH", priority: "PRIORITY_LOW", waiting: "40" },
      { stage: "JOB_STAGE_RENDER", priority: "PRIORITY_NORMAL", waiting: "1" },
    ],
    [
      { service: "depth", slots: 2, state: "WORKER_STATE_SERVING" },
      { service: "depth", slots: 1, state: "WORKER_STATE_SERVING" },
      { service: "render", slots: 1, state: "WORKER_STATE_UNREACHABLE" },
    ],
  );
  assert.deepEqual([depth?.waiting, depth?.inWork, depth?.slots], [42, 1, 3]);
  assert.deepEqual(depth?.cells[1], { priority: "normal", waiting: 0, inWork: 0 });
  assert.ok(depth && !isStuck(depth));
  assert.ok(render && isStuck(render));
});

test("jobs are counted in the order in which they pass the states", () => {
  const counts = jobCounts({
    jobs: [
      { state: "JOB_STATE_FAILED", jobs: "3" },
      { state: "JOB_STATE_QUEUED", jobs: "1" },
      { state: "JOB_STATE_EXPIRED" },
    ],
  });
  assert.deepEqual(counts, [
    { word: "queued", count: 1 },
    { word: "failed", count: 3 },
  ]);
});
