/**
 * Each rule for changes of a job record, tested alone: acquire, renew, commit, release,
 * generations.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { commits, LEASE_MS, newJob, orderOf, taker, takes } from "../../testing/record/steps.js";
import { acquire } from "./acquire.js";
import { cancel, expire, fail } from "./endings.js";
import { type JobRecord, withStage } from "./record.js";
import {
  beginGeneration,
  commit,
  MAX_REMAKES,
  markFramesComplete,
  release,
  remakeDepth,
  renew,
} from "./transitions.js";

const FAILED = { kind: "failed", reason: "ENCODER_CRASHED" } as const;

test("a job passes depth, render and encode once each, with one history entry per state", () => {
  const afterDepth = commits(newJob(), "depth");
  const render = takes(afterDepth, "render");
  const rendering = beginGeneration(render.record, "host:1", 0);
  const ended = commits(rendering, "encode");
  assert.equal(ended.state, "SUCCEEDED");
  const states = ended.history.map((entry) => entry.state);
  assert.deepEqual(states, ["QUEUED", "DEPTH", "RENDER", "ENCODE", "SUCCEEDED"]);
  assert.deepEqual(ended.progress, { depth: 1, render: 1, encode: 1 });
  assert.ok(ended.stages.render.done);
});

test("an order whose commit NATS has lost is dropped, and depth is done again and decides another", () => {
  const committed = commits(newJob(), "depth");
  const forgotten = takes(newJob(), "depth");
  const order = orderOf(committed, "render");
  assert.deepEqual(acquire(forgotten.record, order, taker(1)), { kind: "drop", why: "early" });
  const again = commit(forgotten.record, "depth", forgotten.token, { output: null }, 2);
  assert.ok(again);
  assert.equal(takes(again, "render", 3).record.state, "RENDER");
});

test("a job without outputs ends after depth and decides no further order", () => {
  const ended = commits(newJob("depth"), "depth");
  assert.equal(ended.state, "SUCCEEDED");
  assert.equal(ended.stages.render.order, null);
});

test("a lease written by a clock that has been set back since does not last longer for it", () => {
  const hoursMs = 7_200_000;
  const { record } = takes(newJob(), "depth", hoursMs);
  const nowMs = 1_000;
  const taken = takes(record, "depth", nowMs);
  assert.equal(taken.record.stages.depth.crashes, 1);
  const again = { ...taken.record.stages.depth, lease: record.stages.depth.lease };
  assert.equal(takes(withStage(record, "depth", again), "depth", nowMs).kind, "taken");
  const slightly = acquire(record, orderOf(record, "depth"), taker(hoursMs - 30_000));
  assert.equal(slightly.kind, "busy", "clocks of two hosts may differ a little");
});

test("an order with a live lease is busy while its owner renews, and is taken over when it does not", () => {
  const first = takes(newJob(), "depth");
  const order = orderOf(first.record, "depth");
  const soon = acquire(first.record, order, taker(LEASE_MS / 2 - 1));
  assert.deepEqual(soon, { kind: "busy", nakMs: LEASE_MS / 6 });
  const later = acquire(first.record, order, taker(LEASE_MS / 2));
  assert.equal(later.kind, "taken");
  if (later.kind !== "taken") return;
  assert.notEqual(later.token, first.token);
  assert.equal(later.record.stages.depth.crashes, 1);
  assert.equal(later.record.history.at(-1)?.reason, "WORKER_LOST");
});

test("a stage that crashes its workers waits longer after each crash", () => {
  const crashedBefore = (crashes: number) => {
    const { record } = takes(newJob(), "depth");
    return withStage(record, "depth", { crashes });
  };
  const orderAt = (crashes: number, nowMs: number) => {
    const record = crashedBefore(crashes);
    return acquire(record, orderOf(record, "depth"), taker(nowMs));
  };
  assert.deepEqual(orderAt(2, LEASE_MS), { kind: "busy", nakMs: (LEASE_MS / 30) * 4 });
  assert.equal(orderAt(2, LEASE_MS + (LEASE_MS / 30) * 4).kind, "taken");
  assert.deepEqual(orderAt(40, LEASE_MS), { kind: "busy", nakMs: 2 * LEASE_MS });
});

test("the count of deferrals to other workers in a row restarts after any other release", () => {
  const { record, token } = takes(newJob(), "depth");
  const left = release(record, "depth", token, { kind: "left-to-others" }, 1);
  assert.deepEqual([left?.stages.depth.leftToOthers, left?.stages.depth.deferrals], [1, 1]);
  for (const cause of [FAILED, { kind: "deferred" } as const]) {
    const before = withStage(record, "depth", { leftToOthers: 14 });
    assert.equal(release(before, "depth", token, cause, 1)?.stages.depth.leftToOthers, 0);
  }
});

test("acquiring a stage writes the sequence of its order into the record", () => {
  assert.equal(newJob().stages.depth.order?.seq, null);
  const { record } = takes(newJob(), "depth");
  assert.equal(record.stages.depth.order?.seq, 1);
});

test("a deferral counts no attempt, and a failure is in the history", () => {
  const { record, token } = takes(newJob(), "depth");
  const deferred = release(record, "depth", token, { kind: "deferred" }, 1);
  assert.deepEqual(
    [deferred?.stages.depth.attempts, deferred?.stages.depth.deferrals, deferred?.history.length],
    [0, 1, record.history.length],
  );
  const failed = release(record, "depth", token, FAILED, 1);
  assert.equal(failed?.history.at(-1)?.reason, "ENCODER_CRASHED");
  assert.equal(failed?.state, "DEPTH");
});

test("an order is a duplicate when another order has a live lease", () => {
  const { record } = takes(newJob(), "depth");
  const other = { ...orderOf(record, "depth"), orderId: "other" };
  assert.deepEqual(acquire(record, other, taker(1)), { kind: "drop" });
});

test("an order of a stage that is done has the next order published again before it is dropped", () => {
  const order = orderOf(newJob(), "depth");
  const done = commits(newJob(), "depth");
  assert.deepEqual(acquire(done, order, taker(0)), { kind: "drop", publish: "render" });
});

test("a worker that has lost its lease can neither renew, commit, release nor mark the frames complete", () => {
  const depth = takes(newJob(), "depth");
  const second = acquire(depth.record, orderOf(depth.record, "depth"), taker(LEASE_MS));
  assert.equal(second.kind, "taken");
  if (second.kind !== "taken") return;
  const { record } = second;
  assert.equal(renew(record, "depth", depth.token, taker(LEASE_MS), 0.5), undefined);
  assert.equal(commit(record, "depth", depth.token, { output: null }, LEASE_MS), undefined);
  assert.equal(release(record, "depth", depth.token, FAILED, LEASE_MS), undefined);
  assert.equal(markFramesComplete(record, depth.token), undefined);
});

test("progress never goes back", () => {
  const { record, token } = takes(newJob(), "depth");
  const further = renew(record, "depth", token, taker(1), 0.7);
  assert.equal(further && renew(further, "depth", token, taker(2), 0.2)?.progress.depth, 0.7);
});

test("a release frees the stage at once and counts an attempt only for a failure", () => {
  const { record, token } = takes(newJob(), "depth");
  const drained = release(record, "depth", token, { kind: "handed-back" }, 1);
  assert.ok(drained);
  assert.equal(drained.stages.depth.attempts, 0);
  assert.equal(takes(drained, "depth", 1).record.stages.depth.crashes, 0);
  assert.equal(release(record, "depth", token, FAILED, 1)?.stages.depth.attempts, 1);
});

test("a new generation invalidates encode's lease and its earlier orders", () => {
  const rendering = beginGeneration(takes(commits(newJob(), "depth"), "render").record, "a:1", 0);
  const encode = takes(rendering, "encode");
  const again = beginGeneration(encode.record, "b:2", 1);
  assert.equal(again.stages.encode.lease, null);
  assert.equal(commit(again, "encode", encode.token, { output: null }, 2), undefined);
  assert.deepEqual(acquire(again, orderOf(rendering, "encode"), taker(2)), {
    kind: "drop",
    why: "stale",
  });
  assert.equal(takes(again, "encode", 2).kind, "taken");
});

test("a job that has ended does not change any more", () => {
  const cancelled = cancel(newJob(), 5);
  assert.ok(cancelled);
  assert.equal(cancel(cancelled, 6), undefined);
  const holder = { stage: "depth", token: "t" } as const;
  const error = { reason: "INTERNAL", message: "", metadata: {} };
  assert.equal(fail(cancelled, holder, error, 6), undefined);
  assert.equal(expire({ ...cancelled, deadlineAtMs: 1 }, 6), undefined);
  assert.deepEqual(acquire(cancelled, orderOf(cancelled, "depth"), taker(7)), { kind: "drop" });
});

const FILE = { mediaType: "image/png", sizeBytes: 1, width: 2, height: 2, frames: 0 };

test("a job without videos ends after render and decides no encode order", () => {
  const { record, token } = takes(commits(newJob("render"), "depth"), "render");
  const rendering = beginGeneration(record, "a:1", 0);
  assert.equal(rendering.stages.encode.order, null);
  const artifacts = [{ ...FILE, name: "poster.png", sha256: "1" }];
  const ended = commit(rendering, "render", token, { output: null, artifacts }, 1);
  assert.equal(ended?.state, "SUCCEEDED");
  assert.deepEqual(ended?.artifacts, [{ ...artifacts[0], stage: "render" }]);
  assert.equal(ended?.stages.encode.order, null);
});

test("depth is done again when a later stage finds its file damaged, but only so often", () => {
  let record = newJob();
  for (let remade = 0; ; remade++) {
    const render = takes(commits(record, "depth"), "render");
    const again = remakeDepth(render.record, "render", render.token, "BLOB_CORRUPT", 5);
    if (!again) {
      assert.equal(remade, MAX_REMAKES);
      return;
    }
    assert.equal(
      remakeDepth(render.record, "render", "another token", "BLOB_CORRUPT", 5),
      undefined,
    );
    const { depth, render: freed } = again.stages;
    assert.deepEqual([depth.done, depth.output, freed.lease], [false, null, null]);
    assert.deepEqual([again.state, again.history.at(-1)?.reason], ["RENDER", "BLOB_CORRUPT"]);
    // The order that render had is one for a stage without input now.
    assert.equal(acquire(again, orderOf(render.record, "render"), taker(5)).kind, "drop");
    record = again;
  }
});

test("running out of disk is counted in a row, and forgotten after another failure", () => {
  const outOf = (record: JobRecord) => record.stages.depth.outOfDisk ?? 0;
  const run = (record: JobRecord, kind: "out-of-disk" | "deferred") => {
    const taken = takes(record, "depth");
    const released = release(taken.record, "depth", taken.token, { kind }, 0);
    assert.ok(released);
    return released;
  };
  const twice = run(run(newJob(), "out-of-disk"), "out-of-disk");
  assert.deepEqual([outOf(twice), twice.stages.depth.deferrals], [2, 2]);
  const taken = takes(twice, "depth");
  const failed = release(taken.record, "depth", taken.token, FAILED, 0);
  assert.ok(failed);
  assert.equal(outOf(failed), 0);
});
