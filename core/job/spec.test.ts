/** Defaults, ranges, and what a spec refuses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError, type InputReason } from "../input-error.js";
import { checkParameter, PARAMETERS } from "./parameters.js";
import { resolveSpec, type SpecRequest } from "./spec.js";

const MODELS = ["tiny", "large"];
const NOTHING: SpecRequest = { outputs: [], artifacts: [] };

function refusal(request: Partial<SpecRequest>): InputError {
  try {
    resolveSpec({ ...NOTHING, ...request }, MODELS);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  return assert.fail("it was accepted");
}

test("an empty request becomes three seconds of the default path as H.264", () => {
  assert.deepEqual(resolveSpec(NOTHING, MODELS), {
    model: "tiny",
    depth: {
      rangeLowPercent: 1,
      rangeHighPercent: 99,
      invert: false,
      edgeRefinement: 1,
      fattenPixels: 0,
      smoothingPixels: 0,
    },
    camera: { preset: "circle", intensity: 1, phaseTurns: 0 },
    clip: { durationSeconds: 3, frameRate: { numerator: 30, denominator: 1 } },
    outputs: [{ container: "mp4", codec: "h264", crf: 20 }],
    artifacts: [],
    priority: "normal",
    degradePolicy: "allow",
  });
});

test("artifacts alone make no video, and each is made once", () => {
  const spec = resolveSpec({ ...NOTHING, artifacts: ["depth", "depth"] }, MODELS);
  assert.deepEqual(spec.outputs, []);
  assert.deepEqual(spec.artifacts, ["depth"]);
});

test("zero is a value, not an absence", () => {
  assert.equal(resolveSpec({ ...NOTHING, intensity: 0 }, MODELS).camera.intensity, 0);
  assert.equal(resolveSpec({ ...NOTHING, outputs: [{ crf: 0 }] }, MODELS).outputs[0]?.crf, 0);
});

for (const row of Object.values(PARAMETERS)) {
  test(`${row.name}: both ends are allowed, what lies beyond is refused with its range`, () => {
    assert.equal(checkParameter(row, row.minimum), row.minimum);
    assert.equal(checkParameter(row, row.maximum), row.maximum);
    const step = row.step || 1e-6;
    const wrong = [row.minimum - step, row.maximum + step, Number.NaN, Number.POSITIVE_INFINITY];
    if (row.step > 1) wrong.push(row.minimum + 1);
    for (const value of wrong) {
      assert.throws(
        () => checkParameter(row, value),
        (error: InputError) => {
          assert.equal(error.reason, "PARAMETER_OUT_OF_RANGE");
          assert.equal(error.metadata.field, row.name);
          assert.equal(error.metadata.actual, String(value));
          assert.equal(error.metadata.limit_maximum, String(row.maximum));
          return true;
        },
      );
    }
  });
}

const REFUSED: readonly [string, Partial<SpecRequest>, InputReason][] = [
  ["an unknown preset", { preset: "spiral" }, "PRESET_UNKNOWN"],
  ["an unknown model", { model: "huge" }, "MODEL_UNKNOWN"],
  ["a rate of nothing", { frameRate: { numerator: 0, denominator: 1 } }, "PARAMETER_OUT_OF_RANGE"],
  [
    "a division by zero",
    { frameRate: { numerator: 30, denominator: 0 } },
    "PARAMETER_OUT_OF_RANGE",
  ],
  [
    "a fraction of fractions",
    { frameRate: { numerator: 1.5, denominator: 1 } },
    "PARAMETER_OUT_OF_RANGE",
  ],
  [
    "a low percentile above the middle",
    { depth: { rangeLowPercent: 60 } },
    "PARAMETER_OUT_OF_RANGE",
  ],
  ["half a pixel of fattening", { depth: { fattenPixels: 0.5 } }, "PARAMETER_OUT_OF_RANGE"],
  ["a model beside an own map", { model: "large", depth: { map: {} } }, "PARAMETER_CONFLICT"],
  ["a map of no format", { depth: { map: { format: "bmp" } } }, "PARAMETER_UNKNOWN"],
  ["a map of no polarity", { depth: { map: { polarity: "up" } } }, "PARAMETER_UNKNOWN"],
  ["raw samples without a size", { depth: { map: { format: "float32" } } }, "PARAMETER_CONFLICT"],
  [
    "raw samples without a height",
    { depth: { map: { format: "float32", width: 9 } } },
    "PARAMETER_OUT_OF_RANGE",
  ],
  [
    "a size beside a format that has its own",
    { depth: { map: { format: "pfm", width: 9, height: 9 } } },
    "PARAMETER_CONFLICT",
  ],
  ["two outputs", { outputs: [{}, {}] }, "PARAMETER_OUT_OF_RANGE"],
  ["an odd width", { width: 641 }, "PARAMETER_OUT_OF_RANGE"],
];
for (const [what, request, reason] of REFUSED) {
  test(`${what} is refused`, () => assert.equal(refusal(request).reason, reason));
}

test("an own depth map is taken as it is unless the caller asks otherwise", () => {
  const own = resolveSpec({ ...NOTHING, depth: { map: {} } }, MODELS).depth;
  assert.deepEqual(own.map, { polarity: "near-is-white" });
  assert.deepEqual([own.rangeLowPercent, own.rangeHighPercent, own.edgeRefinement], [0, 100, 0]);
  const refined = resolveSpec({ ...NOTHING, depth: { map: {}, edgeRefinement: 0.5 } }, MODELS);
  assert.equal(refined.depth.edgeRefinement, 0.5);
});

test("a long unknown name is cut in the metadata", () => {
  assert.equal(refusal({ preset: "x".repeat(1000) }).metadata.actual?.length, 64);
});
