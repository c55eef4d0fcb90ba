/** A job ends with the stage that makes the last of what it asks for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { lastStageOf } from "./last-stage.js";

const VIDEO = { container: "mp4", codec: "h264", crf: 20 } as const;

test("depth alone, stills alone, videos with anything", () => {
  assert.equal(lastStageOf({ outputs: [], artifacts: ["depth"] }), "depth");
  assert.equal(lastStageOf({ outputs: [], artifacts: ["depth", "poster"] }), "render");
  assert.equal(lastStageOf({ outputs: [], artifacts: ["strip"] }), "render");
  assert.equal(lastStageOf({ outputs: [VIDEO], artifacts: ["strip"] }), "encode");
  assert.equal(lastStageOf({ outputs: [VIDEO], artifacts: [] }), "encode");
});
