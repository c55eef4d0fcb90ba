/** Every reason has a status of HTTP that fits who is at fault. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { REASONS, type Reason } from "../../core/error-reasons.js";
import { DepthmeshError } from "../../core/errors.js";
import { httpStatusOf } from "./http-status.js";
import { problemHeaders, problemOf } from "./problem.js";

const reasons = Object.keys(REASONS) as Reason[];

test("faults of the caller are 4xx, faults of the mesh 5xx", () => {
  for (const reason of reasons) {
    const status = httpStatusOf(reason);
    const { code } = REASONS[reason];
    if (["INVALID_ARGUMENT", "NOT_FOUND", "OUT_OF_RANGE"].includes(code)) {
      assert.ok(status >= 400 && status < 500, `${reason} is ${status}`);
    }
    if (["INTERNAL", "UNAVAILABLE"].includes(code))
      assert.ok(status >= 500, `${reason}: ${status}`);
    assert.ok(status >= 400 && status < 600, `${reason} is ${status}`);
  }
});

test("a precondition says which kind it is", () => {
  const left = reasons.filter(
    (reason) => REASONS[reason].code === "FAILED_PRECONDITION" && httpStatusOf(reason) === 400,
  );
  assert.deepEqual(left, [], "FAILED_PRECONDITION alone says nothing in HTTP");
});

test("what a later call can solve says when, in whole seconds, and is no 4xx but 429", () => {
  for (const reason of reasons.filter((one) => REASONS[one].retry === "after-delay")) {
    const headers = problemHeaders(new DepthmeshError(reason, ""));
    assert.match(headers["retry-after"] ?? "", /^[1-9]\d*$/, reason);
    assert.ok([429, 503, 507].includes(httpStatusOf(reason)), reason);
  }
});

test("a problem has the reason, its meaning and the message; a cause is not told", () => {
  const cause = new Error("secret");
  const metadata = { field: "pageSize", limit_maximum: "10" };
  const error = new DepthmeshError("PARAMETER_OUT_OF_RANGE", "too large", { metadata, cause });
  const problem = problemOf(error);
  assert.equal(problem.type, "urn:depthmesh:reason:PARAMETER_OUT_OF_RANGE");
  assert.equal(problem.title, REASONS.PARAMETER_OUT_OF_RANGE.meaning);
  assert.deepEqual([problem.status, problem.detail], [400, "too large"]);
  assert.equal(problem.violations[0]?.field, "pageSize");
  assert.doesNotMatch(JSON.stringify([problem, problemOf(cause)]), /secret/);
});
