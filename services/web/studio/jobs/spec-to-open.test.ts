/** A job's settings without the defaults that the server has filled in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParameterRow } from "../../../../core/spec/parameters/row.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { specToOpen } from "./spec-to-open.js";

const number = (name: string, defaultValue: number | undefined): ParameterRow => ({
  ...{ kind: "number", name, unit: "", defaultValue, meaning: "" },
  ...{ minimum: 0, maximum: 9, step: 0, animatable: false },
});
const choice = (name: string): ParameterRow => ({
  ...{ kind: "choice", name, meaning: "", choices: [], defaultValue: undefined },
});
const ROWS = [
  number("camera.intensity", 1),
  number("clip.duration_seconds", 3),
  choice("camera.limit"),
  choice("outputs.container"),
  number("outputs.repeat", 1),
];

test("only what differs from the defaults is set", () => {
  const spec: JobSpecJson = {
    model: "auto",
    camera: { preset: "dolly", intensity: 2, limit: "CAMERA_LIMIT_AUTO" },
    clip: { durationSeconds: 3 },
    priority: "PRIORITY_NORMAL",
    outputs: [{ container: "CONTAINER_GIF", repeat: 1 }],
    deadline: "2026-01-01T00:00:00Z",
  };
  assert.deepEqual(specToOpen(spec, ROWS), {
    camera: { preset: "dolly", intensity: 2 },
    outputs: [{ container: "CONTAINER_GIF" }],
  });
});
