/** A life by the rules passes, and each kind of broken rule between two revisions is found. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type JobRecord, withStage } from "../../pipeline/record/record.js";
import { checkRevisions } from "./revisions.js";
import { asRevisions, cancelledLife, wholeLife } from "./sample-lives.js";

const check = (records: readonly JobRecord[]) => checkRevisions(asRevisions(records));

function life(): readonly [queued: JobRecord, taken: JobRecord, done: JobRecord] {
  const [queued, taken, done] = wholeLife();
  assert.ok(queued && taken && done);
  return [queued, taken, done];
}

test("a job that follows the rules has no violation", () => {
  assert.deepEqual(check(wholeLife()), []);
  assert.deepEqual(check(cancelledLife()), []);
});

test("a job must not change after its end", () => {
  const [queued, taken, done] = life();
  const revived: JobRecord = { ...done, state: "DEPTH" };
  assert.match(String(check([queued, taken, done, revived])), /state changed after .* SUCCEEDED/);
  const emptied = { ...done, artifacts: [] };
  assert.match(String(check([queued, taken, done, emptied])), /artifacts changed/);
});

test("progress, generation, counters and finished stages must not go back", () => {
  const [, taken] = life();
  const ahead = withStage(
    { ...taken, generation: 2, progress: { depth: 0.5, render: 0, encode: 0 } },
    "depth",
    { attempts: 2, crashes: 1, done: true },
  );
  const found = check([ahead, taken]);
  for (const what of ["progress", "generation", "attempts", "crashes", "no longer done"]) {
    assert.ok(
      found.some((sentence) => sentence.includes(what)),
      what,
    );
  }
});

test("a commit with a token other than the lease's is found, unless revisions were missed between", () => {
  const [queued, taken, done] = life();
  const stale = withStage(done, "depth", { doneBy: "token of another" });
  assert.match(String(check([queued, taken, stale])), /depth was committed by token of another/);
  const revisions = asRevisions([queued, taken, stale]).map((revision) => ({
    ...revision,
    isGapless: false,
  }));
  assert.deepEqual(checkRevisions(revisions), []);
});

test("the commit of encode ends render; a commit of render itself needs render's lease", () => {
  const [, taken] = life();
  const lease = taken.stages.depth.lease;
  assert.ok(lease);
  const serving = withStage(withStage(taken, "render", { lease }), "encode", { lease });
  const rendered = withStage(serving, "render", { done: true, lease: null });
  const both = withStage(rendered, "encode", { done: true, doneBy: lease.token, lease: null });
  assert.deepEqual(check([serving, both]), []);
  assert.match(String(check([serving, rendered])), /render was committed/);
});

test("the history is neither cut nor rewritten, but may drop an entry to make room", () => {
  const [queued, taken] = life();
  assert.match(String(check([taken, { ...taken, history: queued.history }])), /lost 1 entries/);
  const history = taken.history.map((entry) => ({ ...entry, reason: "INTERNAL" }));
  assert.match(String(check([taken, { ...taken, history }])), /rewritten/);
  const [first, ...rest] = taken.history;
  assert.ok(first);
  const newest = { number: 3, atMs: 3, state: "DEPTH", reason: "WORKER_LOST" } as const;
  const moved = { ...taken, history: [first, ...rest.slice(1), newest] };
  assert.deepEqual(check([taken, moved]), []);
});
