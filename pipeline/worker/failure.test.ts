/** How the failure of a stage is classified. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError, type Reason } from "../../core/errors.js";
import { failureOf } from "./failure.js";

const running = new AbortController().signal;
const kindOf = (reason: Reason, signal = running) =>
  failureOf(new DepthmeshError(reason, "x"), signal).kind;

test("the reason of an error decides the kind of the failure", () => {
  assert.equal(kindOf("IMAGE_CORRUPT"), "permanent");
  assert.equal(kindOf("INTERNAL"), "permanent");
  assert.equal(kindOf("ENCODER_CRASHED"), "own");
  assert.equal(kindOf("RENDERER_LOST"), "own");
  assert.equal(kindOf("STORAGE_FULL"), "mesh");
  assert.equal(kindOf("SERVICE_UNAVAILABLE"), "mesh");
  assert.equal(kindOf("FRAME_SOURCE_LOST"), "source");
  assert.equal(kindOf("LEASE_LOST"), "lost");
});

test("a call that the other side cancelled is retried and does not end the job", () => {
  assert.equal(kindOf("JOB_CANCELLED"), "mesh");
  const cancelled = AbortSignal.abort(new DepthmeshError("JOB_CANCELLED", "the job is cancelled"));
  assert.equal(kindOf("JOB_CANCELLED", cancelled), "ended");
});

test("after an abort, the abort reason decides and not what the work threw", () => {
  const draining = AbortSignal.abort(new DepthmeshError("DRAINING", "the worker is shutting down"));
  assert.equal(kindOf("ENCODER_CRASHED", draining), "draining");
});
