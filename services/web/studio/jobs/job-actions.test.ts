/** Actions on jobs, one and several. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { actionsFor, actionsForAll, actOnEach } from "./job-actions.js";

test("an action is offered where the server would do it", () => {
  assert.deepEqual(actionsFor({ state: "JOB_STATE_RENDER" }), ["cancel"]);
  assert.deepEqual(actionsFor({ state: "JOB_STATE_SUCCEEDED" }), ["delete"]);
  assert.deepEqual(actionsFor({ state: "JOB_STATE_EXPIRED" }), ["retry", "delete"]);
  const both = [{ state: "JOB_STATE_QUEUED" }, { state: "JOB_STATE_SUCCEEDED" }] as const;
  assert.deepEqual(actionsForAll(both), ["cancel", "delete"]);
});

test("a job that is refused keeps no other from being done, and few calls are made at once", async () => {
  const jobs = Array.from({ length: 20 }, (_, i) => ({ name: `jobs/${i}` }));
  let running = 0;
  let most = 0;
  const outcome = await actOnEach(jobs, async ({ name }) => {
    most = Math.max(most, ++running);
    await new Promise<void>((done) => setImmediate(done));
    running--;
    if (name === "jobs/7") throw new Error("no");
  });
  assert.equal(outcome.done, 19);
  assert.deepEqual(
    outcome.refused.map(({ job, trouble }) => [job.name, trouble.message]),
    [["jobs/7", "no"]],
  );
  assert.ok(most <= 4, `${most} at once`);
});
