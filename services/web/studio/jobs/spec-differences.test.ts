/** A job's specification without its defaults. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParameterRow } from "../../../../core/spec/parameters/row.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { specDifferences } from "./spec-differences.js";

const number = (name: string, defaultValue: number | undefined, unit = ""): ParameterRow => ({
  ...{ kind: "number", name, unit, defaultValue, meaning: "" },
  ...{ minimum: 0, maximum: 9, step: 0, animatable: false },
});
const ROWS: readonly ParameterRow[] = [
  number("camera.intensity", 1),
  number("clip.duration_seconds", 3, "s"),
  { kind: "choice", name: "camera.limit", meaning: "", choices: [], defaultValue: undefined },
  { kind: "choice", name: "outputs.codec", meaning: "", choices: [], defaultValue: undefined },
  number("outputs.repeat", 1),
];

test("defaults, and what is left to the server, are not named", () => {
  const spec: JobSpecJson = {
    model: "auto",
    camera: { intensity: 1, limit: "CAMERA_LIMIT_AUTO" },
    clip: { durationSeconds: 3 },
    priority: "PRIORITY_NORMAL",
    outputs: [{ repeat: 1 }],
  };
  assert.deepEqual(specDifferences(spec, ROWS), []);
});

test("everything else is named by its parameter, with its unit", () => {
  const found = specDifferences(
    {
      camera: { preset: "dolly", intensity: 2.5, limit: "CAMERA_LIMIT_NONE" },
      clip: { durationSeconds: 5 },
      priority: "PRIORITY_HIGH",
      artifacts: ["ARTIFACT_KIND_POSTER", "ARTIFACT_KIND_DEPTH"],
      motions: [{ parameter: "camera.zoom" }],
      outputs: [{ codec: "CODEC_H264" }, { codec: "CODEC_VP9", repeat: 3 }],
    },
    ROWS,
  );
  assert.deepEqual(found, [
    ["camera.preset", "dolly"],
    ["motions", "camera.zoom"],
    ["artifacts", "poster, depth"],
    ["priority", "high"],
    ["camera.intensity", "2.5"],
    ["clip.duration_seconds", "5 s"],
    ["camera.limit", "none"],
    ["outputs[0].codec", "h264"],
    ["outputs[1].codec", "vp9"],
    ["outputs[1].repeat", "3"],
  ]);
});
