/** The specification of the page is the one that the server makes of the same JSON. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../../../core/errors.js";
import { MAX_CLIP_FRAMES } from "../../../../core/geometry/timing.js";
import { FIELD_NAMES, FIELD_PARAMETERS } from "../../../../core/spec/parameters.js";
import { resolveSpec } from "../../../../core/spec/resolve-spec.js";
import type { JobSpec } from "../../../../core/spec/spec.js";
import { JobSpec as WireSpec } from "../../../../proto/gen/depthmesh/v1/spec.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { fromWireSpec } from "../../../../wire/spec.js";
import { messageOf } from "../../json/descriptors.js";
import { encodeJson } from "../../json/proto-json.js";
import { withField } from "./spec-fields.js";
import { requestOf, specOf } from "./spec-request.js";

const requestAt = (json: JobSpecJson) =>
  fromWireSpec(WireSpec.decode(encodeJson(messageOf("JobSpec"), json)));

/** As the gateway makes it, from bytes. */
function served(json: JobSpecJson): JobSpec {
  const request = requestAt(json);
  return resolveSpec(request, { models: [request.model || "none"], maxFrames: MAX_CLIP_FRAMES });
}

const SPECS: Readonly<Record<string, JobSpecJson>> = {
  nothing: {},
  "a camera": { model: "some", camera: { preset: "dolly", intensity: 1.5, offset: { x: 0.5 } } },
  "enums and rates": {
    camera: { loop: "LOOP_MODE_PING_PONG", limit: "CAMERA_LIMIT_NONE" },
    clip: { frameRate: { numerator: 30_000, denominator: 1001 }, fit: "FIT_MODE_PAD" },
    edges: "EDGES_STRETCH",
    quality: "QUALITY_FINE",
    stereo: { layout: "STEREO_LAYOUT_ANAGLYPH" },
  },
  effects: { effects: { depthOfField: { intensity: 1, start: 0.2 }, grain: 0.1 }, seed: 7 },
  motions: {
    motions: [
      {
        parameter: "camera.zoom",
        components: {
          components: [
            { kind: "COMPONENT_KIND_SINE", amplitude: 0.1, bias: 0.8, cycles: 2 },
            { kind: "COMPONENT_KIND_ADD", bias: 0.05 },
          ],
        },
      },
      {
        parameter: "effects.grain",
        keyframes: {
          keyframes: [
            { value: 0.1, easing: "EASING_SMOOTH" },
            { tau: 1, value: 0.2 },
          ],
        },
      },
    ],
  },
  "a value for each frame": {
    clip: { durationSeconds: 0.5, frameRate: { numerator: 4 } },
    motions: [{ parameter: "camera.height", values: { values: [0.1, 0.2] } }],
  },
  "web pictures": {
    outputs: [
      { container: "CONTAINER_GIF", dither: "DITHER_BAYER" },
      { container: "CONTAINER_WEBP", maxSizeBytes: "2000000", maxLongestSide: 480 },
    ],
  },
  "an artifact": { artifacts: ["ARTIFACT_KIND_STILL_STRIP"], outputs: [{ crf: 30 }] },
};

for (const [name, json] of Object.entries(SPECS)) {
  test(`${name}: the page and the server agree`, () => {
    assert.deepEqual(specOf(json), served(json));
  });
}

test("every field of the table arrives", () => {
  for (const name of FIELD_NAMES) {
    const row = FIELD_PARAMETERS[name];
    const value =
      row.kind === "number" ? row.maximum : row.kind === "flag" ? true : (row.choices[0] ?? "");
    const json = withField<JobSpecJson>({}, row, value);
    assert.deepEqual(requestOf(json).fields, { [name]: value });
    assert.deepEqual(requestAt(json).fields, { [name]: value }, name);
  }
});

test("the same fields are at fault, for the same reasons", () => {
  const json: JobSpecJson = { camera: { intensity: 99, preset: "upside-down" }, seed: 3 };
  const errorOf = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      if (error instanceof DepthmeshError) return error;
    }
    return assert.fail("nothing was refused");
  };
  const [here, there] = [errorOf(() => specOf(json)), errorOf(() => served(json))];
  assert.deepEqual(here.violations, there.violations);
  assert.equal(here.message, there.message);
});
