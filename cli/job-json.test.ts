/** The JSON of jobs has the fields that docs/json.md lists. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { packagePath } from "../kit/process/package-path.js";
import { Artifact, Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { artifactJson, jobJson } from "./job-json.js";
import { jsonText } from "./print.js";

/** The fields in the table of a section of the page. */
function documented(section: string): string[] {
  const page = readFileSync(packagePath("docs", "json.md"), "utf8");
  const [, text = ""] = page.split(`\n## ${section}\n`);
  const [table = ""] = text.split("\n## ");
  const cells = [...table.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = ""]) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, field = ""]) => field));
}

const VIDEO = Artifact.fromPartial({ name: "jobs/j/artifacts/video.mp4", frames: 3 });
const JOB = Job.fromPartial({
  name: "jobs/j",
  state: JobState.JOB_STATE_SUCCEEDED,
  labels: { photo: "beach.jpg" },
  artifacts: [VIDEO],
  spec: { camera: { preset: "circle", height: 0.3 }, clip: { frameRate: { numerator: 30 } } },
});

test("a job has every documented field and no other", () => {
  assert.deepEqual(Object.keys(jobJson(JOB)).sort(), documented("Job").sort());
});

test("what decoded messages keep for their own use is not printed", () => {
  const bytes = Job.encode(Job.fromPartial({ ...JOB, progress: { depth: 1 } })).finish();
  const printed: unknown = JSON.parse(jsonText(jobJson(Job.decode(bytes))));
  assert.deepEqual((printed as { progress: unknown }).progress, {
    ...{ depth: 1, render: 0, encode: 0 },
    ...{ queuePosition: null, estimatedEndTime: null },
  });
});

test("a file has every documented field and no other", () => {
  const file = { path: "beach.mp4", ...artifactJson(VIDEO) };
  assert.deepEqual(Object.keys(file).sort(), documented("File").sort());
});

test("the spec has parameters by their names, and what is missing is null", () => {
  const { state, photo, error, createTime, spec } = jobJson(JOB);
  assert.deepEqual([state, photo, error, createTime], ["SUCCEEDED", "beach.jpg", null, null]);
  assert.deepEqual([spec?.preset, spec?.frameRate], ["circle", 30]);
  assert.deepEqual(spec?.parameters, { "camera.height": 0.3 });
  assert.equal(jobJson(Job.fromPartial({ name: "jobs/j" })).spec, null);
});
