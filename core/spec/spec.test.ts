/** The last stage of a job is the one that makes the last of its artifacts and outputs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveOutputs } from "./resolve-outputs.js";
import { lastStageOf } from "./spec.js";

const VIDEO = resolveOutputs([{}], { numerator: 30, denominator: 1 });

test("depth alone, stills alone, videos with anything", () => {
  assert.equal(lastStageOf({ outputs: [], artifacts: ["depth"] }), "depth");
  assert.equal(lastStageOf({ outputs: [], artifacts: ["depth", "poster"] }), "render");
  assert.equal(lastStageOf({ outputs: [], artifacts: ["strip"] }), "render");
  assert.equal(lastStageOf({ outputs: VIDEO, artifacts: ["strip"] }), "encode");
  assert.equal(lastStageOf({ outputs: VIDEO, artifacts: [] }), "encode");
});
