/** How the failure of a stage is classified. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reason } from "../../core/error-reasons.js";
import { DepthmeshError } from "../../core/errors.js";
import { noRoom } from "../../kit/process/disk-room.js";
import { queuedRecord, takenRecord } from "../../testing/record/made-records.js";
import { acquire } from "../record/acquire.js";
import { cancel, expire, fail } from "../record/endings.js";
import { withStage } from "../record/record.js";
import { release } from "../record/transitions.js";
import { failureOf, kindOfLoss, MAX_OUT_OF_DISK, triesWithoutRoom } from "./failure.js";
import { lossOf } from "./lease.js";

const running = new AbortController().signal;
const kindOf = (reason: Reason, signal = running) =>
  failureOf(new DepthmeshError(reason, "x"), signal).kind;

test("the reason of an error decides the kind of the failure", () => {
  assert.equal(kindOf("IMAGE_CORRUPT"), "permanent");
  assert.equal(kindOf("INTERNAL"), "permanent");
  assert.equal(kindOf("ENCODER_CRASHED"), "own");
  assert.equal(kindOf("RENDERER_LOST"), "own");
  assert.equal(kindOf("STORAGE_FULL"), "out-of-disk");
  assert.equal(kindOf("STORAGE_UNAVAILABLE"), "mesh");
  assert.equal(kindOf("SERVICE_UNAVAILABLE"), "mesh");
  assert.equal(kindOf("CREDENTIALS_INVALID"), "mesh");
  assert.equal(kindOf("METHOD_UNKNOWN"), "mesh");
  assert.equal(kindOf("FRAME_SOURCE_LOST"), "source");
  assert.equal(kindOf("RENDERER_UNREACHABLE"), "unreachable");
  assert.equal(kindOf("LEASE_LOST"), "lost");
});

test("a call that the other side cancelled is retried and does not end the job", () => {
  assert.equal(kindOf("JOB_CANCELLED"), "mesh");
  const cancelled = AbortSignal.abort(new DepthmeshError("JOB_CANCELLED", "the job is cancelled"));
  assert.equal(kindOf("JOB_CANCELLED", cancelled), "ended");
});

test("a job that has ended needs no more work, and its deadline is not that of a call", () => {
  const ended = (reason: Reason) =>
    kindOf(reason, AbortSignal.abort(new DepthmeshError(reason, "x")));
  assert.equal(ended("JOB_DEADLINE_EXCEEDED"), "ended");
  assert.equal(ended("JOB_ALREADY_TERMINAL"), "ended");
  assert.equal(kindOf("JOB_DEADLINE_EXCEEDED"), "permanent");
});

test("the holder of a lease learns how its job has ended", () => {
  const { record, token } = takenRecord();
  const expired = expire({ ...record, deadlineAtMs: 1 }, 2) ?? assert.fail();
  const cancelled = cancel(record, 2) ?? assert.fail();
  const error = { reason: "POISONED", message: "given up", metadata: {} };
  const failed = fail(record, { stage: "depth", token }, error, 2) ?? assert.fail();
  assert.equal(lossOf(expired).reason, "JOB_DEADLINE_EXCEEDED");
  assert.equal(lossOf(cancelled).reason, "JOB_CANCELLED");
  assert.equal(lossOf(failed).reason, "JOB_ALREADY_TERMINAL");
  assert.equal(lossOf(record).reason, "LEASE_LOST");
});

test("after an abort, the abort reason decides and not what the work threw", () => {
  const draining = AbortSignal.abort(new DepthmeshError("DRAINING", "the worker is shutting down"));
  assert.equal(kindOf("ENCODER_CRASHED", draining), "draining");
});

test("a full or failing disk is not the job's fault; only work that runs out of disk counts", () => {
  const refused = noRoom("no room", { freeMib: 1, totalMib: 100 }, 5);
  assert.equal(failureOf(refused, running).kind, "mesh");
  const kindOfCode = (code: string) =>
    failureOf(Object.assign(new Error("write failed"), { code }), running).kind;
  for (const code of ["EROFS", "EIO", "EMFILE", "ENFILE"])
    assert.equal(kindOfCode(code), "mesh", code);
  for (const code of ["ENOSPC", "EDQUOT"]) assert.equal(kindOfCode(code), "out-of-disk", code);
  assert.equal(kindOfCode("EISDIR"), "permanent");
});

test("a lost file of depth is made again, one of the caller is not, and a cache has another way", () => {
  const [photo, made, other] = ["a", "b", "c"].map((digit) => digit.repeat(64));
  const output = { photo: { sha256: made ?? "" } };
  const record = withStage(queuedRecord({ photoBlob: photo ?? "" }), "depth", { output });
  assert.equal(kindOfLoss(record, "render", made), "remade");
  assert.equal(kindOfLoss(record, "render", photo), "permanent");
  assert.equal(kindOfLoss(record, "encode", other), "permanent");
  assert.equal(kindOfLoss(record, "depth", photo), "permanent");
  assert.equal(kindOfLoss(record, "depth", other), "own");
  assert.equal(kindOfLoss(record, "depth", undefined), "permanent");
});

test("a stage that never fits on the disk is given up after eight tries in a row", () => {
  let record = queuedRecord();
  const orderOf = ({ stages }: typeof record) => stages.depth.order?.id ?? "";
  for (let tries = 1; ; tries++) {
    const order = { job: "j", stage: "depth", generation: 0, orderId: orderOf(record) } as const;
    const taken = acquire(record, order, { worker: "w", leaseMs: 1_000, nowMs: 0, seq: 1 });
    assert.ok(taken.kind === "taken");
    assert.equal(triesWithoutRoom(taken.record, "depth"), tries);
    if (tries === MAX_OUT_OF_DISK) return;
    const released = release(taken.record, "depth", taken.token, { kind: "out-of-disk" }, 0);
    record = released ?? assert.fail("not released");
  }
});
