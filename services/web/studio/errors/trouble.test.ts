/** Errors of jobs and of calls, as the page tells them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError } from "../api/http.js";
import { adviceFor, troubleOf, troubleOfStatus } from "./trouble.js";

test("the error of a job has its reason, its facts and every field that is at fault", () => {
  const details: Record<string, unknown>[] = [
    {
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: "IMAGE_TOO_SMALL",
      metadata: { width_pixels: "3" },
    },
    {
      "@type": "type.googleapis.com/google.rpc.BadRequest",
      fieldViolations: [{ field: "photo", description: "3 pixels" }],
    },
  ];
  const trouble = troubleOfStatus({ code: 3, message: "the photo is too small", details });
  assert.deepEqual(trouble, {
    reason: "IMAGE_TOO_SMALL",
    message: "the photo is too small",
    facts: [["width_pixels", "3"]],
    violations: [{ field: "photo", description: "3 pixels" }],
  });
});

test("a refused call and a broken page are told in the same way", () => {
  const problem = {
    ...{ title: "t", status: 404, detail: "no such job", reason: "JOB_NOT_FOUND" },
    ...{ metadata: { job: "jobs/x" }, violations: [] },
  };
  assert.deepEqual(troubleOf(new ProblemError(problem)).facts, [["job", "jobs/x"]]);
  assert.equal(troubleOf(new TypeError("oh")).message, "oh");
});

test("each reason has an advice, and an unknown one has none", () => {
  assert.match(adviceFor("IMAGE_CORRUPT") ?? "", /change the request/);
  assert.equal(adviceFor("NEW_REASON"), undefined);
  assert.equal(adviceFor("toString"), undefined);
});
