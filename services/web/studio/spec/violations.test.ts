import assert from "node:assert/strict";
import { test } from "node:test";
import { isViolated, readViolations } from "./violations.js";

const DETAIL = "camera.intensity is 9; it must be 0 to 4 (and 2 more problems)";

test("violations stand at their field; those of fields that are not shown are told by name", () => {
  const read = readViolations(
    {
      detail: DETAIL,
      violations: [
        { field: "camera.intensity", description: "camera.intensity is 9; it must be 0 to 4" },
        { field: "outputs[0].crf", description: "outputs.crf is 900; it must be 0 to 63" },
        { field: "deadline", description: "must be in the future" },
      ],
    },
    (field) => field !== "deadline",
  );
  assert.match(read.byField.get("camera.intensity") ?? "", /must be 0 to 4/);
  assert.match(read.byField.get("outputs[0].crf") ?? "", /0 to 63/);
  assert.deepEqual(read.rest, ["deadline: must be in the future"]);
  assert.ok(isViolated(read, "outputs[0]"));
  assert.ok(!isViolated(read, "outputs[1]"));
  assert.ok(!isViolated(read, "camera.int"));
});

test("a problem without fields is told as it is", () => {
  const read = readViolations({ detail: "cannot decode field", violations: [] }, () => true);
  assert.deepEqual(read, { byField: new Map(), rest: ["cannot decode field"] });
});
