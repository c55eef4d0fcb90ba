/** States, progress and names of jobs as a page shows them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isRunning,
  jobTitle,
  overallProgress,
  posterPath,
  stateWord,
  toneOf,
} from "./job-state.js";

test("a state has a word and a tone; an unknown one is quiet", () => {
  assert.equal(stateWord("JOB_STATE_ENCODE"), "encode");
  assert.equal(toneOf("JOB_STATE_EXPIRED"), "bad");
  assert.equal(toneOf("JOB_STATE_PAUSED" as "JOB_STATE_QUEUED"), "quiet");
  assert.ok(isRunning({ state: "JOB_STATE_QUEUED" }));
  assert.ok(!isRunning({ state: "JOB_STATE_CANCELLED" }));
});

test("progress counts all stages, and a job that has succeeded is done whatever it made", () => {
  const progress = { depth: 1, render: 0.5 };
  assert.equal(overallProgress({ state: "JOB_STATE_RENDER", progress }), 0.5);
  assert.equal(overallProgress({ state: "JOB_STATE_QUEUED", progress: {} }), 0);
  assert.equal(overallProgress({ state: "JOB_STATE_SUCCEEDED", progress: { depth: 1 } }), 1);
});

test("a job is called by its photo, and by its id without one", () => {
  assert.equal(jobTitle({ name: "jobs/01a", labels: { photo: "cat.jpg" } }), "cat.jpg");
  assert.equal(jobTitle({ name: "jobs/01a" }), "01a");
});

test("only a still that browsers show is a poster", () => {
  const artifact = (file: string, mediaType: string) => ({
    artifacts: [{ name: `jobs/a/artifacts/${file}`, mediaType }],
  });
  assert.equal(posterPath(artifact("poster.jpg", "image/jpeg")), "/v1/jobs/a/artifacts/poster.jpg");
  assert.equal(posterPath(artifact("depth.png", "image/png")), undefined);
  assert.equal(posterPath({}), undefined);
});
