/**
 * What a stage reports before it is done: artifacts, notes and findings enter the record at once.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { commits, newJob, takes } from "../../testing/record/steps.js";
import { beginGeneration, changesReport, commit, publishReport } from "./transitions.js";

const NOTE = { code: "PHOTO_SCALED", message: "scaled", metadata: {} };
const FILE = { mediaType: "image/png", sizeBytes: 1, width: 2, height: 2, frames: 0 };

test("a report is visible at once, and a later attempt's report replaces it", () => {
  const { record, token } = takes(commits(newJob(), "depth"), "render");
  const first = { artifacts: [{ ...FILE, name: "poster.png", sha256: "1" }], notes: [NOTE] };
  const found = publishReport(record, "render", token, first, 1);
  assert.ok(found);
  const again = { artifacts: [{ ...FILE, name: "poster.png", sha256: "2" }], notes: [] };
  const replaced = publishReport(found, "render", token, again, 2);
  assert.deepEqual(
    [found, replaced].map((each) => each?.artifacts.map(({ sha256 }) => sha256)),
    [["1"], ["2"]],
  );
  assert.deepEqual(found.notes, [{ ...NOTE, stage: "render" }]);
  assert.deepEqual(replaced?.notes, []);
});

test("what render has found out is known at once, and kept when encode ends the job", () => {
  const render = takes(commits(newJob(), "depth"), "render");
  const { token } = render;
  const record = beginGeneration(render.record, "host:1", 0);
  const output = { camera: { strength: 0.5 } };
  const report = { output, artifacts: [], notes: [] };
  assert.ok(changesReport(record, "render", report));
  const found = publishReport(record, "render", token, report, 1);
  assert.ok(found && !found.stages.render.done);
  assert.deepEqual(found.stages.render.output, output);
  const encode = takes(found, "encode");
  const ended = commit(encode.record, "encode", encode.token, { output: null }, 2);
  assert.equal(ended?.state, "SUCCEEDED");
  assert.deepEqual(ended?.stages.render, { ...found.stages.render, done: true, lease: null });
});

test("a report needs the lease of its stage and leaves the reports of other stages", () => {
  const depth = takes(newJob(), "depth");
  const noted = commit(depth.record, "depth", depth.token, { output: null, notes: [NOTE] }, 0);
  assert.ok(noted);
  const { record, token } = takes(noted, "render");
  const found = publishReport(record, "render", token, { notes: [NOTE, NOTE] }, 1);
  assert.deepEqual(
    found?.notes.map(({ stage }) => stage),
    ["depth", "render", "render"],
  );
  assert.equal(publishReport(record, "render", depth.token, { notes: [] }, 1), undefined);
});
