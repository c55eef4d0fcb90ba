/** Resolving a request: its defaults, its conflicts, and the errors that refuse it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reason } from "../error-reasons.js";
import { DepthmeshError } from "../errors.js";
import { MAX_CLIP_FRAMES } from "../geometry/timing.js";
import { raysOf } from "../scene/camera.js";
import { framePath } from "../scene/frame-path.js";
import { readState } from "../scene/frame-state.js";
import { magnification } from "../scene/geometry.js";
import { PRESET_NAMES, PRESETS } from "../scene/presets.js";
import type { ParameterRow } from "./parameters/row.js";
import { FIELD_PARAMETERS, type FieldName, STATE_PARAMETERS } from "./parameters.js";
import type { SpecRequest } from "./request.js";
import { resolveSpec } from "./resolve-spec.js";

const LIMITS = { models: ["tiny", "large"], maxFrames: MAX_CLIP_FRAMES };
const NOTHING: SpecRequest = { fields: {}, motions: [], outputs: [], artifacts: [] };

const resolve = (request: Partial<SpecRequest>, limits = LIMITS) =>
  resolveSpec({ ...NOTHING, ...request }, limits);

function refusal(request: Partial<SpecRequest>, limits = LIMITS): DepthmeshError {
  try {
    resolve(request, limits);
  } catch (error) {
    if (error instanceof DepthmeshError) return error;
    throw error;
  }
  return assert.fail("it was accepted");
}

test("an empty request becomes three seconds of the default path as H.264", () => {
  assert.deepEqual(resolve({}), {
    model: "tiny",
    depth: {
      rangeLowPercent: 1,
      rangeHighPercent: 99,
      invert: false,
      edgeRefinement: 1,
      fattenPixels: 0,
      smoothingPixels: 0,
      embedded: true,
    },
    camera: {
      preset: "auto",
      intensity: 1,
      phaseTurns: 0,
      loop: "loop",
      holdStartSeconds: 0,
      holdEndSeconds: 0,
      limit: "auto",
      maxHiddenAreaPercent: 3,
      maxStretchP99: 1.8,
    },
    clip: {
      durationSeconds: 3,
      frameRate: { numerator: 30, denominator: 1 },
      fit: "crop",
      ssaa: 1,
      background: "photo",
    },
    stereo: {
      layout: "none",
      separationPercent: 3,
      convergence: 0.5,
      swapEyes: false,
      fieldOfViewDegrees: 90,
    },
    values: {},
    motions: [],
    edges: "fill",
    seed: 0,
    outputs: [
      {
        name: "video.mp4",
        container: "mp4",
        codec: "h264",
        pixelFormat: "yuv420p",
        crf: 20,
        speed: "fast",
        repeat: 1,
        acceleration: "auto",
      },
    ],
    artifacts: [],
    stills: {
      posterTau: 0.5,
      stripCount: 4,
      posterFormat: "png",
      posterQuality: 85,
      posterTransparency: "auto",
    },
    priority: "normal",
    degradePolicy: "allow",
    cachePolicy: "use",
  });
});

test("artifacts alone make no video, and each is made once", () => {
  const spec = resolve({ artifacts: ["depth", "depth"] });
  assert.deepEqual(spec.outputs, []);
  assert.deepEqual(spec.artifacts, ["depth"]);
});

test("zero is a value, not an absence", () => {
  assert.equal(resolve({ fields: { "camera.intensity": 0 } }).camera.intensity, 0);
  assert.equal(resolve({ outputs: [{ crf: 0 }] }).outputs[0]?.crf, 0);
  assert.deepEqual(resolve({ fields: { "camera.height": 0 } }).values, { "camera.height": 0 });
});

test("the complete specification survives JSON", () => {
  const spec = resolve({
    preset: "zoom-in",
    fields: { "effects.grain": 0.1, "camera.sticky": false, quality: "fine", "clip.width": 640 },
    motions: [{ parameter: "camera.zoom", keyframes: [{ tau: 0, value: 1 }] }],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(spec)), spec);
});

for (const row of Object.values<ParameterRow>(STATE_PARAMETERS)) {
  test(`${row.name}: what is set is in every frame, whatever the preset`, () => {
    const value = row.kind === "number" ? row.minimum + 0.5 * (row.maximum - row.minimum) : false;
    const set = row.kind === "number" && row.step > 0 ? Math.round(Number(value)) : value;
    for (const preset of PRESET_NAMES) {
      const spec = resolve({ preset, fields: { [row.name]: set } });
      for (const state of framePath(spec, 4)) assert.equal(readState(state, row.name), set);
    }
  });
}

test("no parameter at an end of its range puts anything behind the camera, on any preset", () => {
  const edge = 1e-9;
  for (const row of Object.values<ParameterRow>(STATE_PARAMETERS)) {
    if (row.kind !== "number" || row.step > 0) continue;
    const low = row.exclusive === "minimum" ? row.minimum + edge : row.minimum;
    const high = row.exclusive === "maximum" ? row.maximum - edge : row.maximum;
    for (const value of [low, high]) {
      for (const preset of PRESET_NAMES) {
        for (const intensity of [0, 1, 4]) {
          const fields = { [row.name]: value, "camera.intensity": intensity };
          const path = framePath(resolve({ preset, fields }), 8).map(({ camera }) => camera);
          const closest = magnification(path);
          assert.ok(closest > 0 && Number.isFinite(closest), `${row.name} ${value} ${preset}`);
          for (const camera of path) {
            const { B, D, k } = raysOf(camera);
            assert.ok(B > 0 && B + k * (D - B) > 0, `${row.name} ${value} ${preset}`);
          }
        }
      }
    }
  }
});

test("every preset is accepted, and closes unless it is asked to run once", () => {
  for (const preset of PRESET_NAMES) {
    const { loop } = resolve({ preset }).camera;
    assert.equal(loop, PRESETS[preset].oneWay ? "ping-pong" : "loop");
    assert.equal(resolve({ preset, fields: { "camera.loop": "once" } }).camera.loop, "once");
  }
});

const REFUSED: readonly [string, Partial<SpecRequest>, Reason, field: string][] = [
  ["an unknown preset", { preset: "spiral" }, "PRESET_UNKNOWN", "camera.preset"],
  ["an unknown model", { model: "huge" }, "MODEL_UNKNOWN", "model"],
  [
    "a rate of nothing",
    { frameRate: { numerator: 0, denominator: 1 } },
    "PARAMETER_OUT_OF_RANGE",
    "clip.frame_rate",
  ],
  [
    "a division by zero",
    { frameRate: { numerator: 30, denominator: 0 } },
    "PARAMETER_OUT_OF_RANGE",
    "clip.frame_rate",
  ],
  [
    "a fraction of fractions",
    { frameRate: { numerator: 1.5, denominator: 1 } },
    "PARAMETER_OUT_OF_RANGE",
    "clip.frame_rate",
  ],
  ["nine outputs", { outputs: Array(9).fill({}) }, "PARAMETER_OUT_OF_RANGE", "outputs"],
  [
    "half a pixel of fattening",
    { fields: { "depth.fatten_pixels": 0.5 } },
    "PARAMETER_OUT_OF_RANGE",
    "depth.fatten_pixels",
  ],
  [
    "a model beside a depth map of the caller",
    { model: "large", depthMap: {} },
    "PARAMETER_CONFLICT",
    "model",
  ],
  ["an odd width", { fields: { "clip.width": 641 } }, "PARAMETER_OUT_OF_RANGE", "clip.width"],
  [
    "a cut-out that keeps its background",
    { fields: { "clip.cutout_disparity": 0.5 } },
    "PARAMETER_CONFLICT",
    "clip.cutout_disparity",
  ],
  ["half a sample", { fields: { "clip.ssaa": 1.5 } }, "PARAMETER_OUT_OF_RANGE", "clip.ssaa"],
  [
    "a field that is none",
    { fields: { "camera.heigth": 1 } as SpecRequest["fields"] },
    "PARAMETER_UNKNOWN",
    "camera.heigth",
  ],
  [
    "a longest side beside a height",
    { fields: { "clip.longest_side": 640, "clip.height": 480 } },
    "PARAMETER_CONFLICT",
    "clip.longest_side",
  ],
  [
    "a one-way preset in a loop",
    { preset: "zoom-in", fields: { "camera.loop": "loop" } },
    "PARAMETER_CONFLICT",
    "camera.loop",
  ],
  [
    "a one-way preset with a phase",
    { preset: "push-in", fields: { "camera.phase": 0.5 } },
    "PARAMETER_CONFLICT",
    "camera.phase",
  ],
  [
    "a hold of a loop",
    { fields: { "camera.hold_end_seconds": 1 } },
    "PARAMETER_CONFLICT",
    "camera.hold_end_seconds",
  ],
  [
    "holds that leave no motion",
    {
      fields: {
        "camera.loop": "once",
        "camera.hold_start_seconds": 2,
        "camera.hold_end_seconds": 1,
      },
    },
    "PARAMETER_CONFLICT",
    "camera.hold_start_seconds",
  ],
];
for (const [what, request, reason, field] of REFUSED) {
  test(`${what} is refused`, () => {
    const error = refusal(request);
    assert.equal(error.reason, reason, error.message);
    assert.equal(error.metadata.field, field);
  });
}

test("every field refuses what is no number, and what lies outside", () => {
  for (const row of Object.values<ParameterRow>(FIELD_PARAMETERS)) {
    const name = row.name as FieldName;
    for (const value of row.kind === "number" ? [Number.NaN, row.maximum + 1, ""] : [7]) {
      assert.equal(refusal({ fields: { [name]: value } }).metadata.field, name);
    }
  }
});

test("an operator's limit of frames is told", () => {
  const error = refusal({}, { ...LIMITS, maxFrames: 60 });
  assert.equal(error.reason, "PARAMETER_OUT_OF_RANGE");
  assert.equal(error.metadata.actual_frames, "90");
  assert.equal(error.metadata.limit_frames, "60");
});

test("a long unknown name is cut in the metadata", () => {
  assert.equal(refusal({ preset: "x".repeat(1000) }).metadata.actual?.length, 64);
});
