/** What the error of a request with several wrong fields says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError, rangeError } from "../errors.js";
import type { SpecRequest } from "./request.js";
import { resolveSpec } from "./resolve-spec.js";
import { MAX_VIOLATIONS, Violations } from "./violations.js";

const LIMITS = { models: ["tiny"], maxFrames: 3600 };

function refusal(request: Partial<SpecRequest>): DepthmeshError {
  try {
    resolveSpec({ fields: {}, motions: [], outputs: [], artifacts: [], ...request }, LIMITS);
  } catch (error) {
    assert.ok(error instanceof DepthmeshError);
    return error;
  }
  return assert.fail("the request is accepted");
}

const fieldsOf = ({ violations }: DepthmeshError) => violations.map(({ field }) => field);

test("every part of a spec tells what is wrong with it, in one error", () => {
  const error = refusal({
    model: "giant",
    preset: "somersault",
    frameRate: { numerator: 500, denominator: 1 },
    fields: { "clip.width": 1, "effects.vignette.intensity": 9, "stereo.separation_percent": 4 },
    outputs: [{}, { container: "webm", codec: "h264" }, { crf: 99, repeat: 0 }],
    depthMap: { format: "float32", width: 0, height: 20 },
    motions: [
      { parameter: "camera.offset.q", values: [] },
      {
        parameter: "camera.offset.x",
        components: [
          { kind: "sine", amplitude: 1e6 },
          { kind: "wiggle", phase: 3 },
        ],
      },
    ],
  });
  assert.deepEqual(
    error.violations.map(({ field, reason }) => `${field} ${reason}`),
    [
      "clip.width PARAMETER_OUT_OF_RANGE",
      "effects.vignette.intensity PARAMETER_OUT_OF_RANGE",
      "clip.frame_rate PARAMETER_OUT_OF_RANGE",
      "outputs[1].codec PARAMETER_CONFLICT",
      "outputs[2].crf PARAMETER_OUT_OF_RANGE",
      "outputs[2].repeat PARAMETER_OUT_OF_RANGE",
      "stereo.separation_percent PARAMETER_CONFLICT",
      "model PARAMETER_CONFLICT",
      "depth.map.width PARAMETER_OUT_OF_RANGE",
      "camera.preset PRESET_UNKNOWN",
      "motions[0].parameter PARAMETER_UNKNOWN",
      "motions[1].components[0].amplitude PARAMETER_OUT_OF_RANGE",
      "motions[1].components[1].kind PARAMETER_UNKNOWN",
      "motions[1].components[1].phase PARAMETER_OUT_OF_RANGE",
    ],
  );
  assert.equal(error.reason, "PARAMETER_OUT_OF_RANGE");
  assert.equal(error.metadata.field, "clip.width");
  assert.match(error.message, /^clip\.width is 1; it must be .* \(and 13 more problems\)$/);
  const preset = error.violations.find(({ field }) => field === "camera.preset");
  assert.match(preset?.description ?? "", /actual=somersault, known=auto /);
});

test("one wrong field is told in its own words", () => {
  const error = refusal({ outputs: [{}, { crf: 99 }] });
  assert.equal(error.message, "outputs.crf is 99; it must be 0 to 63");
  assert.deepEqual(fieldsOf(error), ["outputs[1].crf"]);
});

test("a field that is refused is no reason to refuse others", () => {
  // Each would conflict with the default that stands for the wrong value.
  const cases: readonly [Partial<SpecRequest>, string][] = [
    [{ fields: { "camera.loop": "twice", "camera.hold_end_seconds": 1 } }, "camera.loop"],
    [
      { fields: { "stereo.layout": "cinema", "stereo.field_of_view_degrees": 120 } },
      "stereo.layout",
    ],
    [{ fields: { "clip.background": "pink", "clip.cutout_disparity": 0.5 } }, "clip.background"],
    [{ outputs: [{ container: "avi", codec: "vp9" }] }, "outputs[0].container"],
    [
      {
        fields: { "clip.duration_seconds": -1 },
        motions: [{ parameter: "camera.offset.x", values: [0, 0, 0] }],
      },
      "clip.duration_seconds",
    ],
  ];
  for (const [request, field] of cases) assert.deepEqual(fieldsOf(refusal(request)), [field]);
});

test("every parameter that leaves its range in some frame is named", () => {
  const swing = (parameter: string) => ({
    parameter,
    components: [{ kind: "sine", amplitude: 900 }],
  });
  const error = refusal({ motions: [swing("camera.offset.x"), swing("camera.height")] });
  assert.deepEqual(fieldsOf(error).sort(), ["camera.height", "camera.offset.x"]);
  assert.ok(error.violations.every(({ description }) => /in frame \d+ of 90/.test(description)));
});

test("no more than 32 fields are looked at, however many are wrong", () => {
  const keyframes = Array.from({ length: 1000 }, (_, i) => ({ tau: i / 1000, value: 1e9 }));
  const error = refusal({ motions: [{ parameter: "camera.offset.x", keyframes }] });
  assert.equal(error.violations.length, MAX_VIOLATIONS);
  assert.match(error.message, /\(and at least 31 more problems\)$/);
  let ran = 0;
  const violations = new Violations();
  for (let i = 0; i < 100; i++) {
    violations.check(() => {
      ran += 1;
      throw rangeError(`f${i}`, i, { maximum: 0 });
    });
  }
  assert.equal(ran, MAX_VIOLATIONS);
});

test("an error that names no field is no violation", async () => {
  const violations = new Violations();
  const lost = new DepthmeshError("BUS_UNAVAILABLE", "away");
  assert.throws(
    () =>
      violations.check(() => {
        throw lost;
      }),
    lost,
  );
  await assert.rejects(violations.checkLater(Promise.reject(lost)), lost);
  assert.equal(await violations.checkLater(Promise.resolve(7)), 7);
  violations.throwIfAny();
});
