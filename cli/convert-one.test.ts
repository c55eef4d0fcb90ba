/** What a user is told whose command ends before its job. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../core/errors.js";
import { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { leftJobsText, leftJobText, whyLeft } from "./convert-one.js";

const PLAN = {
  photo: "a b.jpg",
  spec: JobSpec.fromPartial({}),
  files: { photo: "a b.jpg" },
  videos: ["a b.mp4"],
  extras: [],
};

test("a mesh that stops leaves the job, as Ctrl-C does; an error of the job does not", () => {
  const quiet = new AbortController().signal;
  const why = (reason: "DRAINING" | "IMAGE_CORRUPT") =>
    whyLeft(new DepthmeshError(reason, "…"), { signal: quiet, isTemporary: false });
  assert.equal(why("DRAINING"), "stopped");
  assert.equal(why("IMAGE_CORRUPT"), undefined);

  const stop = new AbortController();
  stop.abort(new DepthmeshError("JOB_CANCELLED", "the command was interrupted"));
  const { signal } = stop;
  assert.equal(whyLeft(signal.reason, { signal, isTemporary: false }), "interrupted");
  assert.equal(whyLeft(signal.reason, { signal, isTemporary: true }), "interrupted with its mesh");
});

test("a mesh whose worker cannot start interrupts nobody: its error is the command's", () => {
  const broken = new AbortController();
  broken.abort(new DepthmeshError("SERVICE_UNAVAILABLE", "the render service did not start"));
  const { signal } = broken;
  assert.equal(whyLeft(signal.reason, { signal, isTemporary: true }), undefined);
});

test("the text says where the job is, and how to get and to end it", () => {
  const [state, get = "", cancel = ""] = leftJobText("jobs/j1", PLAN, "stopped").split("\n");
  assert.equal(state, "the mesh stops: the job is kept, and goes on with the next mesh");
  assert.match(get, /^ {2}depthmesh jobs get j1 -o 'a b\.mp4' /);
  assert.match(cancel, /^ {2}depthmesh jobs cancel j1 /);
});

test("of several photos each left job has one line, after one sentence", () => {
  const other = { ...PLAN, videos: ["c.mp4"] };
  const left = [
    { job: "jobs/j1", plan: PLAN },
    { job: "jobs/j2", plan: other },
  ];
  const [state = "", ...lines] = leftJobsText(left, true).split("\n");
  assert.match(state, /^interrupted: the jobs are kept, and go on with the next mesh; /);
  assert.deepEqual(lines, [
    "  depthmesh jobs get j1 -o 'a b.mp4'",
    "  depthmesh jobs get j2 -o c.mp4",
  ]);
});
