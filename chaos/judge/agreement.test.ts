/** A gateway's list is compared with the records job by job. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareLists } from "./agreement.js";

test("a missing job, another state and a job without a record are found", () => {
  const records = [
    { id: "a", state: "SUCCEEDED" },
    { id: "b", state: "FAILED" },
  ] as const;
  const right = new Map([
    ["a", "SUCCEEDED"],
    ["b", "FAILED"],
  ]);
  assert.deepEqual(compareLists("g", right, records), []);
  const wrong = new Map([
    ["a", "QUEUED"],
    ["c", "SUCCEEDED"],
  ]);
  assert.deepEqual(compareLists("g", wrong, records), [
    "g lists a as QUEUED, its record is SUCCEEDED",
    "g lists b as nothing, its record is FAILED",
    "g lists c, which has no record of a job",
  ]);
});
